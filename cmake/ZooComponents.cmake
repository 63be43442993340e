# One folder = one component. A folder's CMakeLists.txt is one line:
#
#   zoo_model(PointerNetwork TASKS pointing [LINKS zoo::attention])   in models/<name>/
#   zoo_component([LINKS torch])                                      in models/<name>/, no model
#   zoo_dataset(Copy)                                                 in datasets/<name>/
#   zoo_task(Transduction)                                            in trainers/tasks/<name>/
#
# Nothing registers itself at run time: the folders found here become one generated function,
# make_catalogue(), which names every class explicitly.

# The library zoo::<folder> from every .cpp of the folder, with its headers for installation.
function(zoo_component)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "LINKS")
  cmake_path(GET CMAKE_CURRENT_SOURCE_DIR FILENAME name)
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  add_library(zoo_${name} ${ZOO_LIBRARY_TYPE} ${sources})
  add_library(zoo::${name} ALIAS zoo_${name})
  zoo_target(zoo_${name})
  target_link_libraries(zoo_${name} PUBLIC ${arg_LINKS})
  set_target_properties(zoo_${name} PROPERTIES EXPORT_NAME ${name})
  zoo_install_component(${name})
endfunction()

# Files with inner loops (models/vector_math): comparisons inside of them may not stop the compiler
# from using vectors. Each is compiled alone, so that nothing else is built that way.
function(zoo_vector_kernels)
  set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS -fno-trapping-math
                                                 SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

# The headers are listed through the link in the build folder: that gives them the path below
# include/ which they have after installation. A header is the first include of the source of its
# name (tests/layering), which so compiles it on its own; the others, `lone`, CMake does (preset ci).
function(zoo_install_component name)
  set_property(GLOBAL APPEND PROPERTY ZOO_COMPONENTS ${name})
  set(headers "")
  set(lone "")
  file(GLOB found CONFIGURE_DEPENDS ${PROJECT_BINARY_DIR}/include/zoo/models/${name}/*.h)
  foreach(header IN LISTS found)
    cmake_path(REPLACE_EXTENSION header LAST_ONLY .cpp OUTPUT_VARIABLE source)
    if(EXISTS ${source})
      list(APPEND headers ${header})
    else()
      list(APPEND lone ${header})
    endif()
  endforeach()
  set(installed "")
  foreach(set IN ITEMS headers lone)
    target_sources(zoo_${name} PUBLIC FILE_SET ${set} TYPE HEADERS
                   BASE_DIRS ${PROJECT_BINARY_DIR}/include
                   FILES ${${set}})
    list(APPEND installed FILE_SET ${set} COMPONENT models)
  endforeach()
  set_target_properties(zoo_${name} PROPERTIES INTERFACE_HEADER_SETS_TO_VERIFY lone)
  install(TARGETS zoo_${name} EXPORT attention-zoo COMPONENT models ${installed})
endfunction()

function(zoo_model class)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "TASKS;LINKS")
  cmake_path(GET CMAKE_CURRENT_SOURCE_DIR FILENAME name)
  zoo_require_parts(${name})
  zoo_component(LINKS torch zoo::options ${arg_LINKS})
  set_property(GLOBAL APPEND PROPERTY ZOO_MODELS ${name})
  set_property(GLOBAL PROPERTY ZOO_MODEL_${name}_CLASS ${class})
  set_property(GLOBAL PROPERTY ZOO_MODEL_${name}_TASKS ${arg_TASKS})
endfunction()

# A model without a page, an experiment and a test is not finished.
function(zoo_require_parts name)
  file(GLOB configs CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/configs/*/*.yaml)
  set(has_experiment FALSE)
  foreach(config IN LISTS configs)
    file(STRINGS ${config} lines REGEX "^(model: *{|  )${name}:")
    if(lines)
      set(has_experiment TRUE)
    endif()
  endforeach()
  if(NOT has_experiment)
    message(FATAL_ERROR "model '${name}' has no experiment: add configs/${name}/<experiment>.yaml")
  endif()
  if(NOT EXISTS ${PROJECT_SOURCE_DIR}/tests/models/${name}_test.cpp)
    message(FATAL_ERROR "model '${name}' has no test: add tests/models/${name}_test.cpp")
  endif()
  if(NOT EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/README.md)
    message(FATAL_ERROR "model '${name}' has no README.md in models/${name}/")
  endif()
endfunction()

macro(zoo_dataset class)
  cmake_path(GET CMAKE_CURRENT_SOURCE_DIR FILENAME zoo_name)
  set_property(GLOBAL APPEND PROPERTY ZOO_DATASETS ${zoo_name})
  set_property(GLOBAL PROPERTY ZOO_DATASET_${zoo_name}_CLASS ${class})
endmacro()

macro(zoo_task class)
  cmake_path(GET CMAKE_CURRENT_SOURCE_DIR FILENAME zoo_name)
  set_property(GLOBAL APPEND PROPERTY ZOO_TASKS ${zoo_name})
  set_property(GLOBAL PROPERTY ZOO_TASK_${zoo_name}_CLASS ${class})
endmacro()

# zoo_add_folders(): every folder below this one that has a CMakeLists.txt.
macro(zoo_add_folders)
  file(GLOB zoo_lists CONFIGURE_DEPENDS */CMakeLists.txt)
  foreach(zoo_list IN LISTS zoo_lists)
    cmake_path(GET zoo_list PARENT_PATH zoo_folder)
    add_subdirectory(${zoo_folder})
  endforeach()
endmacro()

# zoo_write_catalogue(FILE): make_catalogue() with every model, dataset and task found above.
function(zoo_write_catalogue file)
  set(includes "")
  set(body "")
  foreach(kind IN ITEMS DATASET TASK MODEL)
    get_property(names GLOBAL PROPERTY ZOO_${kind}S)
    list(SORT names)
    string(TOLOWER ${kind} add)
    foreach(name IN LISTS names)
      get_property(class GLOBAL PROPERTY ZOO_${kind}_${name}_CLASS)
      get_property(tasks GLOBAL PROPERTY ZOO_MODEL_${name}_TASKS)
      string(REPLACE "DATASET" "datasets" folder ${kind})
      string(REPLACE "TASK" "trainers/tasks" folder ${folder})
      string(REPLACE "MODEL" "models" folder ${folder})
      string(APPEND includes "#include \"zoo/${folder}/${name}/${name}.h\"\n")
      string(APPEND body "  add_${add}<${class}>(catalogue, \"${name}\");\n")
      foreach(task IN LISTS tasks)
        get_property(task_class GLOBAL PROPERTY ZOO_TASK_${task}_CLASS)
        if(kind STREQUAL "MODEL" AND NOT task_class)
          message(FATAL_ERROR "models/${name}/CMakeLists.txt: there is no task '${task}'")
        elseif(kind STREQUAL "MODEL")
          string(APPEND body
                 "  add_pairing<${task_class}, ${class}>(catalogue, \"${task}\", \"${name}\");\n")
        endif()
      endforeach()
    endforeach()
  endforeach()
  file(CONFIGURE OUTPUT ${file} @ONLY CONTENT [[
// Written by CMake from the folders of models, datasets and tasks.
@includes@
#include "zoo/trainers/catalogue_entries.h"

namespace zoo {

Catalogue make_catalogue() {
  Catalogue catalogue;
@body@  return catalogue;
}

}  // namespace zoo
]])
endfunction()
