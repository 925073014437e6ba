#pragma once
// The module with kernels of our own for NVIDIA's GPUs (cuda/kernels.hpp), and how its functions
// are called. Its library is opened when the device is a GPU, so that the program needs neither
// CUDA nor the module where it is not.

#include "cuda/kernels.hpp"

#include <btx/export.hpp>

#include <ATen/core/Tensor.h>

namespace btx::cuda {

/// Opens base/program.hpp's cuda_module(), after LibTorch's CUDA part. Where there is none a
/// warning says that LibTorch's operators are used. Does nothing the second time. Throws btx::Error
/// (run) for a library that cannot be opened or is of another version.   [main]
BTX_EXPORT void open_module();

/// Whether kernels may be called.   [any]
bool module_is_open();

/// The function of that name in the open module. Throws btx::Error (run) if it has none.   [any]
void* module_function(const char* name);

/// The current stream of the current GPU, as CUDA has it.   [any]
void* current_stream();

/// Throws btx::Error (run) with CUDA's text unless `error` is 0.   [any]
void check(int error);

/// Type of a tensor's elements. Needs float32 or bfloat16.   [any]
Type type_of(const at::Tensor& x);

/// A kernel of the module, called on the current stream and checked. Needs an open module.   [any]
template <class Function>
class Kernel;
template <class... Parameters>
class Kernel<int(void*, Parameters...)> {
 public:
  explicit Kernel(const char* name)
      : function_(reinterpret_cast<int (*)(void*, Parameters...)>(module_function(name))) {}
  void operator()(Parameters... arguments) const {
    check(function_(current_stream(), arguments...));
  }

 private:
  int (*function_)(void*, Parameters...);
};

/// Calls btx_cuda_NAME of cuda/kernels.hpp without its stream, looked for once.
#define BTX_CUDA(NAME)                                                                     \
  ([]() -> const auto& {                                                                   \
    static const ::btx::cuda::Kernel<decltype(btx_cuda_##NAME)> kernel("btx_cuda_" #NAME); \
    return kernel;                                                                         \
  }())

}  // namespace btx::cuda
