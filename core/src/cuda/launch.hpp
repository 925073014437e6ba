#pragma once
// One source, two compilers: nvcc makes kernels for a GPU of it, a C++ compiler functions that run
// the same blocks and threads on the CPU (tests/cuda_on_host).
#ifdef __CUDACC__
#include <cuda_bf16.h>
#include <cuda_runtime.h>

#include <utility>

/// count numbers that the threads of a block share; packs of 16 bytes are stored to them.
#define BTX_SHARED(type, name, count) __shared__ __align__(16) type name[count]
/// Before a loop: unrolled as a whole, so that arrays indexed by its variable stay in registers.
#define BTX_UNROLL _Pragma("unroll")
#define BTX_UNROLL_4 _Pragma("unroll 4")

namespace btx::cuda {

/// kernel(args...) enqueued on `stream`; returns CUDA's error.
template <class... Parameters, class... Arguments>
int launch(void (*kernel)(Parameters...), dim3 grid, dim3 block, void* stream,
           Arguments&&... args) {
  cudaLaunchConfig_t config{};
  config.gridDim = grid;
  config.blockDim = block;
  config.stream = static_cast<cudaStream_t>(stream);
  return static_cast<int>(cudaLaunchKernelEx(&config, kernel, std::forward<Arguments>(args)...));
}

}  // namespace btx::cuda
#else
#include "cuda_on_host/cuda_on_host.hpp"
#endif
