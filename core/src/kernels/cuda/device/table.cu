// The one symbol of the module.
#include "kernels/cuda/device/functions.hpp"
#include "kernels/cuda/device/launch.hpp"

namespace btx::cuda {
namespace {

const char* error_text(int error) {
  return cudaGetErrorString(static_cast<cudaError_t>(error));
}

constexpr Kernels kTable{kVersion,
                         error_text,
                         rms_norm,
                         rms_norm_backward,
                         rotate,
                         swiglu,
                         swiglu_backward,
                         sort_by_expert,
                         gather_rows,
                         combine_rows,
                         weighted_swiglu_backward,
                         weighted_dots,
                         cross_entropy,
                         adamw,
                         sum_of_squares};

}  // namespace
}  // namespace btx::cuda

extern "C" __attribute__((visibility("default"))) const btx::cuda::Kernels* btx_cuda_kernels() {
  return &btx::cuda::kTable;
}
