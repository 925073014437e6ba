# Flags and output folders of everything that is built here.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")  # compiles in half the time of -O1 with sanitizers

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

# Up to eight files are compiled as one, so that a build from nothing takes half the time: core/docs/design/0023-several-files-as-one.md.
option(CMAKE_UNITY_BUILD "Compile several files as one; OFF while one is changed again and again" ON)

# btx_compile_by_room(TARGET): files are compiled together with those of their own room alone, whatever is added to others.
function(btx_compile_by_room TARGET)
  get_target_property(sources ${TARGET} SOURCES)
  foreach(source IN LISTS sources)
    cmake_path(RELATIVE_PATH source BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}/src" OUTPUT_VARIABLE place)
    if(place MATCHES "^([a-z_]+)/")
      set(room "${CMAKE_MATCH_1}")
      list(APPEND files_${room} x)
      list(LENGTH files_${room} count)
      math(EXPR part "(${count} - 1) / 8")
      set_source_files_properties("${source}" PROPERTIES UNITY_GROUP "${room}_${part}")
    endif()
  endforeach()
  set_target_properties(${TARGET} PROPERTIES UNITY_BUILD_MODE GROUP)
endfunction()

# Warnings are errors on our own code; dependencies are SYSTEM includes. GCC 12 takes sums of std::string for
# accesses out of bounds (GCC bug 105329).
add_library(btx_warnings INTERFACE)
target_compile_options(btx_warnings INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wpedantic;-Werror;-Wno-array-bounds;-Wno-restrict;-Wno-stringop-overflow>)

if(BTX_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
