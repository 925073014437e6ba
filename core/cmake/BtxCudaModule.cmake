# libbtx_cuda.so: the kernels of core/src/kernels/cuda/device, built by nvcc where there is one, whatever
# LibTorch this build has. Nothing links it; the program opens it when a GPU is used. By custom commands: CMake's
# language CUDA would need a compiler everywhere, and its flags for all targets.
find_program(BTX_NVCC NAMES $ENV{CUDACXX} nvcc PATHS /usr/local/cuda/bin DOC "Compiler of libbtx_cuda.so")
if(NOT BTX_NVCC)
  message(STATUS "libbtx_cuda.so: not built, there is no nvcc (set CUDACXX or BTX_NVCC)")
  return()
endif()
message(STATUS "libbtx_cuda.so: built by ${BTX_NVCC}")

set(device "${CMAKE_SOURCE_DIR}/core/src/kernels/cuda/device")
set(work "${CMAKE_BINARY_DIR}/btx_cuda")
set(module "${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/libbtx_cuda.so")
file(GLOB kernels CONFIGURE_DEPENDS "${device}/*.cu")
file(GLOB headers CONFIGURE_DEPENDS "${device}/*.hpp")
file(MAKE_DIRECTORY "${work}")

# A100, H100 and H200, B200; later ones compile the PTX when they load the module.
set(flags -std=c++17 -O3 -gencode arch=compute_80,code=sm_80 -gencode arch=compute_90a,code=sm_90a
  -gencode "arch=compute_100,code=[sm_100,compute_100]" -Xcompiler -fPIC,-fvisibility=hidden,-Wall,-Wextra
  "-I${CMAKE_SOURCE_DIR}/core/src")

# What ptxas says of registers and spills stays beside the objects, for tests/cuda_on_host/module.sh.
set(objects "")
foreach(kernel IN LISTS kernels)
  get_filename_component(name "${kernel}" NAME_WE)
  set(object "${work}/${name}.o")
  add_custom_command(OUTPUT "${object}"
    COMMAND sh -c "\"$@\" 2>${name}.log >&2 || { cat ${name}.log; exit 1; }" sh
            "${BTX_NVCC}" ${flags} -Xptxas -v -c "${kernel}" -o "${object}"
    DEPENDS "${kernel}" ${headers} "${CMAKE_SOURCE_DIR}/core/src/kernels/adamw_step.hpp"
    WORKING_DIRECTORY "${work}" COMMENT "nvcc ${name}.cu" VERBATIM)
  list(APPEND objects "${object}")
endforeach()

# The runtime is the one that LibTorch has loaded, so there is no path to this machine's.
add_custom_command(OUTPUT "${module}"
  COMMAND "${BTX_NVCC}" -shared -cudart shared -Xlinker -z,defs -Xlinker --as-needed ${objects} -o "${module}"
  DEPENDS ${objects} COMMENT "Linking libbtx_cuda.so" VERBATIM)
add_custom_target(btx_cuda ALL DEPENDS "${module}")
install(FILES "${module}" DESTINATION lib PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
  WORLD_READ WORLD_EXECUTE)
