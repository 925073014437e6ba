// A stand-in for NVIDIA's driver library: what btx asks of it (core/src/base/machine/gpus.cpp).
#include "visible.hpp"

#include <cstddef>
#include <cstdio>
#include <cstdlib>

// The names are NVIDIA's.  NOLINTBEGIN(readability-identifier-naming)
extern "C" {

int cuInit(unsigned flags) {
  return flags == 0 ? 0 : 1;
}

int cuDeviceGetCount(int* count) {
  *count = static_cast<int>(fake_gpu::visible_devices().size());
  return 0;
}

int cuDeviceGetName(char* name, int size, int device) {
  const int number = fake_gpu::visible_devices().at(static_cast<std::size_t>(device));
  std::snprintf(name, static_cast<std::size_t>(size), "Stand-in GPU %d", number);
  return 0;
}

int cuDeviceTotalMem_v2(std::size_t* bytes, int /*device*/) {
  const char* given = std::getenv("BTX_FAKE_GPU_SHOWN");
  *bytes = given == nullptr ? std::size_t{80} << 30 : std::strtoull(given, nullptr, 10);
  return 0;
}

int cuDriverGetVersion(int* version) {
  *version = 13000;
  return 0;
}
}
// NOLINTEND(readability-identifier-naming)
