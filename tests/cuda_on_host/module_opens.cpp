// module_opens TORCH LIBRARY: opens libbtx_cuda.so as the program does, beside LibTorch and its
// CUDA part where that is there, and asks it for its version and for CUDA's text of an error.
#include "cuda/kernels.hpp"

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace {

void* open(const std::string& library, int flags) {
  void* opened = ::dlopen(library.c_str(), RTLD_NOW | flags);
  if (opened == nullptr) {
    std::fprintf(stderr, "%s\n", ::dlerror());
    std::exit(1);
  }
  return opened;
}

}  // namespace

int main(int /*argc*/, char** argv) {
  const std::string folder = std::string(argv[1]) + "/lib/";
  open(folder + "libtorch_cpu.so", RTLD_GLOBAL);
  const bool cuda = std::filesystem::exists(folder + "libtorch_cuda.so");
  if (cuda) open(folder + "libtorch_cuda.so", RTLD_GLOBAL);
  void* module = open(argv[2], RTLD_LOCAL);
  void* version = ::dlsym(module, "btx_cuda_version");
  void* text = ::dlsym(module, "btx_cuda_error_text");
  if (version == nullptr || text == nullptr) return 1;
  const std::string memory = reinterpret_cast<decltype(&btx_cuda_error_text)>(text)(2);
  std::printf("opened beside %s; error 2 is '%s'\n", cuda ? "libtorch_cuda.so" : "libtorch_cpu.so",
              memory.c_str());
  const bool right =
      reinterpret_cast<decltype(&btx_cuda_version)>(version)() == btx::cuda::kVersion;
  return right && memory == "out of memory" ? 0 : 1;
}
