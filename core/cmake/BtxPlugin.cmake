# btx_add_plugin(NAME SOURCES a.cpp ... [LIBRARIES ...] [TEST a_test.cpp ... [NEEDS other_plugin ...]])
# builds one plugin, in this tree or, after find_package(btx), outside it. In this tree the test
# becomes the CTest entry NAME_test, which may use the plugin's LIBRARIES and the plugins that it
# NEEDS; outside it is left out. The ABI tag of a plugin is a digest of everything that could make the
# two sides disagree: the SDK headers, the compiler, the standard library's ABI, the flags that
# change layout, LibTorch's version.

function(btx_abi_tag OUT INCLUDE_DIR TORCH_VERSION)
  file(GLOB headers "${INCLUDE_DIR}/btx/*.hpp")
  list(SORT headers)
  set(text "")
  foreach(header IN LISTS headers)
    file(SHA256 "${header}" sum)
    string(APPEND text "${sum};")
  endforeach()
  string(REGEX MATCH "^[0-9]+" major "${CMAKE_CXX_COMPILER_VERSION}")
  string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
  set(checks "")
  if(NOT "${CMAKE_CXX_FLAGS_${build_type}}" MATCHES "NDEBUG")
    set(checks "_checks")
  endif()
  if(BTX_SANITIZE)
    string(APPEND checks "_asan")
  endif()
  string(SHA256 sum "${text}")
  string(SUBSTRING "${sum}" 0 10 sum)
  string(TOLOWER "${CMAKE_CXX_COMPILER_ID}" compiler)
  string(REPLACE "." "_" torch "${TORCH_VERSION}")
  set(${OUT} "${sum}_${compiler}${major}_cxx11_torch${torch}${checks}" PARENT_SCOPE)
endfunction()

# Warnings and precompiled headers, for plugins of btx's own tree.
function(btx_plugin_of_tree NAME)
  if(TARGET btx_warnings)
    target_link_libraries(${NAME} PRIVATE btx_warnings)
  endif()
  set(headers "${BTX_PLUGIN_HEADERS}")
  if(NOT headers)
    set(headers btx_tensor_plugin_headers)  # of plugins in tests
  endif()
  if(TARGET ${headers})
    target_precompile_headers(${NAME} REUSE_FROM ${headers})
  endif()
endfunction()

# btx_plugin_common(NAME SOURCES a.cpp ... [LIBRARIES ...]): what several plugins share, compiled once and linked into
# each that has NAME among its LIBRARIES.
function(btx_plugin_common NAME)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES")
  add_library(${NAME} STATIC ${arg_SOURCES})
  set_target_properties(${NAME} PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_STANDARD 20
    CXX_STANDARD_REQUIRED ON CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_link_libraries(${NAME} PRIVATE btx::sdk ${arg_LIBRARIES})
  btx_plugin_of_tree(${NAME})
endfunction()

function(btx_add_plugin NAME)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES;TEST;NEEDS")
  if(NOT arg_SOURCES)
    set(arg_SOURCES "${NAME}.cpp")
  endif()
  add_library(${NAME} MODULE ${arg_SOURCES})
  set_property(GLOBAL APPEND PROPERTY BTX_PLUGINS ${NAME})
  if(arg_TEST AND NOT TARGET btx_base)
    message(STATUS "${NAME}: its test is built in btx's own tree only")
  elseif(arg_TEST AND BTX_TESTS)
    btx_add_test(${NAME}_test SOURCES ${arg_TEST} PLUGINS ${NAME} ${arg_NEEDS}
      LIBRARIES ${arg_LIBRARIES} ${BTX_PLUGIN_TEST_LIBRARIES})
  endif()
  set_target_properties(${NAME} PROPERTIES
    PREFIX "" CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON)
  if(NOT BTX_PLUGIN_OUTPUT STREQUAL "")
    set_target_properties(${NAME} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${BTX_PLUGIN_OUTPUT}")
  endif()
  target_compile_definitions(${NAME} PRIVATE
    BTX_ABI_SYMBOL=btx_abi_${BTX_ABI_TAG} BTX_BUILT_FOR_SYMBOL=btx_built_for_${BTX_ABI_TAG})
  target_link_libraries(${NAME} PRIVATE btx::sdk ${arg_LIBRARIES})
  btx_plugin_of_tree(${NAME})
  set(script "${CMAKE_CURRENT_BINARY_DIR}/${NAME}.version")
  file(WRITE "${script}" "{ global: btx_plugin_v1; btx_built_for_*; local: *; };\n")
  target_link_options(${NAME} PRIVATE -Wl,--as-needed -Wl,-z,nodelete "-Wl,--version-script=${script}")
  if(NOT BTX_SANITIZE)
    target_link_options(${NAME} PRIVATE -Wl,-z,defs)
  endif()
endfunction()
