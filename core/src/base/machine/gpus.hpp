#pragma once
// The machine's GPUs, as NVIDIA's driver shows them. Nothing of CUDA is needed for it.

#include <btx/export.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace btx {

/// One GPU that the driver shows.
struct Gpu {
  std::string name;                ///< "NVIDIA H200"
  std::uint64_t memory_bytes = 0;  ///< in all, whatever uses it
};

/// The GPUs that this process may use; none without a driver.   [any]
BTX_EXPORT std::vector<Gpu> gpus();

/// The value of CUDA_VISIBLE_DEVICES with which a process sees this one of gpus() alone, by its
/// index; `visible` is this process's own value, "" for none.   [any]
BTX_EXPORT std::string only_gpu(std::size_t index, const std::string& visible);

/// The newest CUDA that the driver can run, "13.0"; "" without a driver.   [any]
BTX_EXPORT std::string driver_cuda_version();

}  // namespace btx
