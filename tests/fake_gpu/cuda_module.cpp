// libbtx_cuda.so of the stand-in GPU: the kernels as tests/cuda_on_host compiles them, on the bytes
// of device memory.
#include "cuda_on_host/cuda_on_host.hpp"
#include "module_door.hpp"

namespace {

const bool kInstalled = [] {
  cuda_on_host::machine.host_address = btx_fake_gpu_host_address;
  cuda_on_host::machine.launches = btx_fake_gpu_launches;
  return true;
}();

}  // namespace
