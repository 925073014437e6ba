# LibTorch as the target btx::torch: the CPU libraries alone, whatever the wheel was built for, so
# that neither a CUDA toolkit nor Python is needed. CUDA is opened at run time (open_engine() in core/src/model/load.cpp).
if(NOT EXISTS "${BTX_TORCH_DIR}/include/ATen/core/Tensor.h")
  message(FATAL_ERROR "LibTorch is not in ${BTX_TORCH_DIR}; run 'bash third_party/setup.sh build', "
                      "or name an existing one with -DBTX_TORCH_DIR=... (or BTX_TORCH_DIR=... in front of setup.sh)")
endif()
file(READ "${BTX_TORCH_DIR}/include/torch/headeronly/version.h" version_text)
string(REGEX MATCH "TORCH_VERSION_MAJOR ([0-9]+).*TORCH_VERSION_MINOR ([0-9]+).*TORCH_VERSION_PATCH ([0-9]+)" _ "${version_text}")
set(BTX_TORCH_VERSION "${CMAKE_MATCH_1}.${CMAKE_MATCH_2}.${CMAKE_MATCH_3}")
if(NOT BTX_TORCH_VERSION STREQUAL "2.11.0")
  message(FATAL_ERROR "LibTorch in ${BTX_TORCH_DIR} is ${BTX_TORCH_VERSION}; btx needs 2.11.0")
endif()

add_library(btx_torch INTERFACE)
add_library(btx::torch ALIAS btx_torch)
target_include_directories(btx_torch SYSTEM INTERFACE
  "${BTX_TORCH_DIR}/include" "${BTX_TORCH_DIR}/include/torch/csrc/api/include")
target_compile_definitions(btx_torch INTERFACE AT_PER_OPERATOR_HEADERS)
target_link_libraries(btx_torch INTERFACE
  "${BTX_TORCH_DIR}/lib/libtorch_cpu.so" "${BTX_TORCH_DIR}/lib/libc10.so")
# libtorch_cpu.so names libraries (libcudart, libcupti) that are found at run time.
target_link_options(btx_torch INTERFACE -Wl,--allow-shlib-undefined)
