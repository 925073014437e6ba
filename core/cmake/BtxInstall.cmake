# A relocatable folder: bin/btx, lib/, lib/btx/plugins, recipes, and the SDK with its CMake package.
# LibTorch and CUDA's libraries stay where they are; other libraries that a minimal Linux lacks are
# copied to lib/.

# The libraries of a plugin folder outside plugins/ (test fixtures) and of the template stay here.
function(btx_shipped_plugins OUT)
  get_property(plugins GLOBAL PROPERTY BTX_PLUGINS)
  set(shipped "")
  foreach(plugin IN LISTS plugins)
    get_target_property(folder ${plugin} SOURCE_DIR)
    cmake_path(RELATIVE_PATH folder BASE_DIRECTORY "${CMAKE_SOURCE_DIR}")
    if(folder MATCHES "^plugins/" AND NOT folder STREQUAL "plugins/template")
      list(APPEND shipped ${plugin})
    endif()
  endforeach()
  set(${OUT} "${shipped}" PARENT_SCOPE)
endfunction()

btx_shipped_plugins(plugins)
set_target_properties(btx PROPERTIES INSTALL_RPATH "$ORIGIN/../lib")
set_target_properties(btx_base btx_core PROPERTIES INSTALL_RPATH "$ORIGIN")
set_target_properties(${plugins} PROPERTIES INSTALL_RPATH "$ORIGIN/../..")
# DT_RPATH, not DT_RUNPATH: it also holds for what the copied libraries need themselves.
target_link_options(btx PRIVATE -Wl,--disable-new-dtags)

install(TARGETS btx RUNTIME_DEPENDENCY_SET btx_dependencies RUNTIME DESTINATION bin)
install(TARGETS btx_base btx_core RUNTIME_DEPENDENCY_SET btx_dependencies LIBRARY DESTINATION lib)
install(TARGETS ${plugins} RUNTIME_DEPENDENCY_SET btx_dependencies LIBRARY DESTINATION lib/btx/plugins)
install(RUNTIME_DEPENDENCY_SET btx_dependencies
  PRE_EXCLUDE_REGEXES "^ld-linux" "^lib(c|m|dl|rt|pthread|gcc_s|stdc\\+\\+)\\.so"
                      "^lib(torch|c10|gomp|cu|nv|shm)" "^libbtx_"
  LIBRARY DESTINATION lib)

install(DIRECTORY "${CMAKE_SOURCE_DIR}/recipes" DESTINATION share/btx)
install(DIRECTORY "${CMAKE_SOURCE_DIR}/plugins/template" DESTINATION share/btx)
install(PROGRAMS "${CMAKE_SOURCE_DIR}/tests/gpu_check.sh" DESTINATION share/btx)
install(DIRECTORY "${CMAKE_SOURCE_DIR}/tests/gpu_check" DESTINATION share/btx)
install(DIRECTORY "${CMAKE_SOURCE_DIR}/core/include/btx" DESTINATION include)
install(FILES "${CMAKE_CURRENT_LIST_DIR}/BtxPlugin.cmake" "${CMAKE_CURRENT_LIST_DIR}/BtxTorch.cmake"
  DESTINATION lib/cmake/btx)
configure_file("${CMAKE_CURRENT_LIST_DIR}/btx-config.cmake.in" "${CMAKE_BINARY_DIR}/btx-config.cmake" @ONLY)
include(CMakePackageConfigHelpers)
write_basic_package_version_file("${CMAKE_BINARY_DIR}/btx-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_BINARY_DIR}/btx-config.cmake" "${CMAKE_BINARY_DIR}/btx-config-version.cmake"
  DESTINATION lib/cmake/btx)
