# Settings that every target of the project shares.

set(ZOO_LIBRARY_TYPE STATIC)
if(BUILD_SHARED_LIBS)
  set(ZOO_LIBRARY_TYPE SHARED)
endif()

if(PROJECT_IS_TOP_LEVEL)
  if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release)
  endif()
  set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON)
  find_program(ZOO_CCACHE ccache)
  if(ZOO_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${ZOO_CCACHE})
  endif()
endif()

add_library(zoo_warnings INTERFACE)
target_compile_options(zoo_warnings INTERFACE -Wall -Wextra)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 warns of every `"text" + std::string`: https://gcc.gnu.org/PR105651
  target_compile_options(zoo_warnings INTERFACE -Wno-restrict)
endif()
if(ZOO_WARNINGS_AS_ERRORS)
  target_compile_options(zoo_warnings INTERFACE -Werror)
endif()

if(ZOO_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=address,undefined)
endif()

# Sources include <zoo/models/...> in the build tree exactly as from an install tree.
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/include/zoo)
foreach(layer IN ITEMS models datasets trainers apps)
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${layer} ${PROJECT_BINARY_DIR}/include/zoo/${layer}
       SYMBOLIC)
endforeach()

# zoo_target(TARGET): the language level, include folder and warnings of every library.
function(zoo_target target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(
    ${target} PUBLIC $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>
                     $<INSTALL_INTERFACE:include>)
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:zoo_warnings>)
  # The first honours "omp simd" and starts no threads; the second lets such a loop hold a root.
  target_compile_options(${target} PRIVATE -fopenmp-simd -fno-math-errno)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${ZOO_UNITY_BUILD})
endfunction()
