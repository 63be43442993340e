# cmake -D case=… … -P run.cmake: one of the checks of CMakeLists.txt, in a folder of its own.
# Folders have spaces in their names, as people's folders do.
set(work "${build}/consumer apps/${case}")
file(REMOVE_RECURSE ${work})
file(MAKE_DIRECTORY ${work})

# What the program and the tests use and a model must not need.
set(foreign yaml-cpp CLI11 fmt GTest nlohmann_json ICU LibArchive PNG Qhull)
list(TRANSFORM foreign REPLACE "(.+)" "-DCMAKE_DISABLE_FIND_PACKAGE_\\1=ON" OUTPUT_VARIABLE without)

# run(COMMAND…): sets `output` and stops at an error; run(FAILS COMMAND…) wants the error.
function(run)
  set(command ${ARGV})
  list(GET command 0 first)
  if(first STREQUAL "FAILS")
    list(POP_FRONT command)
  endif()
  execute_process(COMMAND ${command} WORKING_DIRECTORY ${work} RESULT_VARIABLE code
                  OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if((first STREQUAL "FAILS" AND code EQUAL 0) OR (NOT first STREQUAL "FAILS" AND NOT code EQUAL 0))
    list(JOIN command " " words)
    message(FATAL_ERROR "'${words}' ended with ${code}:\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

set(configure ${CMAKE_COMMAND} -S app -B "build tree" -G ${generator} -DCMAKE_BUILD_TYPE=${config}
    -DCMAKE_CXX_COMPILER=${compiler} "-DCMAKE_CXX_COMPILER_LAUNCHER=${launcher}"
    -DTorch_DIR=${torch} ${without})

# expect(TEXT): what the last command printed must contain it; line breaks count as spaces.
function(expect text)
  string(REGEX REPLACE "[ \n]+" " " flat "${output}")
  string(FIND "${flat}" "${text}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "expected '${text}' in:\n${output}")
  endif()
endfunction()

function(build_and_run)
  run(${CMAKE_COMMAND} --build "build tree" --config ${config} --target my_app)
  run("${work}/build tree/my_app")
  expect("[2, 21, 8]")
endfunction()

macro(install_models)
  run(${CMAKE_COMMAND} --install ${build} --config ${config} --component models
      --prefix "${work}/install tree")
  list(APPEND configure "-DCMAKE_PREFIX_PATH=${work}/install tree")
  file(COPY "${source}/tests/consumer/find_package_app/" DESTINATION ${work}/app)
endmacro()

# Nothing that was installed mentions a library of the upper layers, or a folder of this machine.
function(check_installed_files)
  file(GLOB_RECURSE installed "${work}/install tree/*.cmake" "${work}/install tree/*.h")
  if(NOT installed)
    message(FATAL_ERROR "nothing was installed")
  endif()
  foreach(file IN LISTS installed)
    file(READ "${file}" text)
    if(text MATCHES "yaml-cpp|CLI/|CLI11|[<:]fmt|fmt::|[gG][tT]est[/:]|nlohmann|zoo/(datasets|trainers|apps)")
      message(FATAL_ERROR "${file} mentions ${CMAKE_MATCH_0}")
    endif()
    foreach(folder IN ITEMS ${source} ${build} ${torch})
      string(FIND "${text}" "${folder}" at)
      if(NOT at EQUAL -1)
        message(FATAL_ERROR "${file} mentions ${folder}")
      endif()
    endforeach()
  endforeach()
endfunction()

if(case STREQUAL "find_package")
  install_models()
  check_installed_files()
  run(${configure})
  build_and_run()
elseif(case STREQUAL "unknown_component")
  install_models()
  file(READ ${work}/app/CMakeLists.txt text)
  string(REPLACE "COMPONENTS neural_turing_machine" "COMPONENTS turing_mashine" text "${text}")
  file(WRITE ${work}/app/CMakeLists.txt "${text}")
  run(FAILS ${configure})
  expect("attention-zoo has no component 'turing_mashine'; it has: ")
elseif(case STREQUAL "other_torch")
  install_models()
  file(WRITE ${work}/torch/TorchConfig.cmake "")
  file(WRITE ${work}/torch/TorchConfigVersion.cmake
       "set(PACKAGE_VERSION 2.99.0)\nset(PACKAGE_VERSION_COMPATIBLE TRUE)\n")
  run(FAILS ${configure} -DTorch_DIR=${work}/torch)
  expect("attention-zoo was built with LibTorch 2.")
elseif(case STREQUAL "add_subdirectory")
  file(COPY "${source}/tests/consumer/add_subdirectory_app/"
            "${source}/tests/consumer/find_package_app/main.cpp" DESTINATION ${work}/app)
  file(CREATE_LINK ${source} ${work}/app/attention-zoo SYMBOLIC)
  run(${configure})
  build_and_run()
else()
  message(FATAL_ERROR "there is no case '${case}'")
endif()
