// What the program asks of the module itself.
#include "cuda/kernels.hpp"
#include "cuda/launch.hpp"

BTX_CUDA_FUNCTION int btx_cuda_version() {
  return btx::cuda::kVersion;
}

BTX_CUDA_FUNCTION const char* btx_cuda_error_text(int error) {
  return cudaGetErrorString(static_cast<cudaError_t>(error));
}
