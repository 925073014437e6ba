#pragma once
// What this machine has, and what `auto` in [engine] becomes on it.

#include "base/file.hpp"
#include "train/config.hpp"

#include <cstdint>

namespace btx {

/// device, dtype and threads decided: the GPU if the driver shows one, bfloat16 where the processor
/// multiplies it in hardware, one thread a core. Throws btx::Error (usage) when "cuda" is asked for
/// and there is no GPU.
BTX_EXPORT EngineConfig resolve_engine(EngineConfig engine);

/// GPUs the driver shows; 0 without a driver.
BTX_EXPORT int count_gpus();
/// Bytes a process could still take, by /proc/meminfo and the process's control groups.
BTX_EXPORT std::uint64_t available_memory();
/// Bytes that the control group `group` below `root` and those around it still allow, file pages
/// that can be given up counted as free; UINT64_MAX without a limit.
BTX_EXPORT std::uint64_t available_in_groups(const fs::path& root, const fs::path& group);

}  // namespace btx
