# The installed package: find_package(attention-zoo COMPONENTS neural_turing_machine).
#
#   cmake --install build/release --component models --prefix PREFIX
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(zoo_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/attention-zoo)
get_property(zoo_components GLOBAL PROPERTY ZOO_COMPONENTS)
string(REGEX MATCH "^[0-9]+\\.[0-9]+" zoo_torch_release ${Torch_VERSION})
configure_package_config_file(
  ${PROJECT_SOURCE_DIR}/cmake/attention-zoo-config.cmake.in
  ${PROJECT_BINARY_DIR}/attention-zoo-config.cmake
  INSTALL_DESTINATION ${zoo_package_dir}
  NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/attention-zoo-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/attention-zoo-config.cmake
              ${PROJECT_BINARY_DIR}/attention-zoo-config-version.cmake
        DESTINATION ${zoo_package_dir} COMPONENT models)
install(EXPORT attention-zoo NAMESPACE zoo:: DESTINATION ${zoo_package_dir} COMPONENT models)
