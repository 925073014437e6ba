// What the program asks of the module itself.
#include "kernels/cuda/device/kernels.hpp"
#include "kernels/cuda/device/launch.hpp"

int btx_cuda_version() {
  return btx::cuda::kVersion;
}

const char* btx_cuda_error_text(int error) {
  return cudaGetErrorString(static_cast<cudaError_t>(error));
}
