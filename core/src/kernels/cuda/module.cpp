#include "kernels/cuda/module.hpp"

#include "base/program.hpp"

#include <btx/error.hpp>
#include <btx/log.hpp>

#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>
#include <fmt/format.h>

namespace btx::cuda {
namespace {

void* module = nullptr;

void* open(const std::filesystem::path& library) {
  void* opened = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  void* version = opened == nullptr ? nullptr : ::dlsym(opened, "btx_cuda_version");
  if (version == nullptr) {
    throw Error(fmt::format("{} cannot be opened: {}; build it again, or use engine.kernels=aten",
                            library.string(), ::dlerror()));
  }
  const int found = reinterpret_cast<decltype(&btx_cuda_version)>(version)();
  if (found == kVersion) return opened;
  throw Error(fmt::format(
      "{} is of version {}, this program needs {}; build it again, or use engine.kernels=aten",
      library.string(), found, kVersion));
}

}  // namespace

void open_module() {
  if (module != nullptr) return;
  const std::filesystem::path library = cuda_module();
  if (!library.empty()) {
    module = open(library);
    return;
  }
  log(LogLevel::warning,
      "there is no libbtx_cuda.so beside libbtx_core.so (it is built where nvcc is found): "
      "LibTorch's operators are used in its place, which are slower");
}

bool module_is_open() {
  return module != nullptr;
}

void* module_function(const char* name) {
  void* function = ::dlsym(module, name);
  if (function == nullptr) {
    throw Error(fmt::format("libbtx_cuda.so is of another build: {}; build it again", ::dlerror()));
  }
  return function;
}

void* current_stream() {
  const c10::impl::VirtualGuardImpl guard(at::kCUDA);
  return guard.getStreamNativeHandle(guard.getStream(guard.getDevice()));
}

void check(int error) {
  if (error == 0) return;
  const auto text =
      reinterpret_cast<decltype(&btx_cuda_error_text)>(module_function("btx_cuda_error_text"));
  throw Error(
      fmt::format("a kernel could not be started on the GPU: {}; engine.kernels=aten goes without "
                  "kernels of our own",
                  text(error)));
}

Type type_of(const at::Tensor& x) {
  TORCH_CHECK(x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16,
              "kernels for GPUs take float32 and bfloat16, got ", x.scalar_type());
  return x.scalar_type() == at::kFloat ? Type::float32 : Type::bfloat16;
}

}  // namespace btx::cuda
