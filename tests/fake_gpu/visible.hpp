#pragma once
// Which devices a process sees: BTX_FAKE_GPU_COUNT (else 1) of them, or those of them that
// CUDA_VISIBLE_DEVICES names.

#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

namespace fake_gpu {

/// Numbers of the machine's devices, in the order in which the process counts them.
inline std::vector<int> visible_devices() {
  const char* given = std::getenv("BTX_FAKE_GPU_COUNT");
  const int count = given == nullptr ? 1 : std::atoi(given);
  const char* chosen = std::getenv("CUDA_VISIBLE_DEVICES");
  std::vector<int> devices;
  if (chosen == nullptr) {
    for (int device = 0; device < count; ++device) devices.push_back(device);
    return devices;
  }
  std::istringstream names(chosen);
  std::string name;
  // As CUDA does: those before the first that is none.
  while (std::getline(names, name, ',') && std::atoi(name.c_str()) < count) {
    devices.push_back(std::atoi(name.c_str()));
  }
  return devices;
}

}  // namespace fake_gpu
