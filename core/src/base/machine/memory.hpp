#pragma once
// Memory that is free on this machine.

#include "base/file.hpp"

#include <cstdint>

namespace btx {

/// Bytes a process could still take, by /proc/meminfo and the process's control groups.
BTX_EXPORT std::uint64_t available_memory();
/// Bytes that the control group `group` below `root` and those around it still allow, file pages
/// that can be given up counted as free; UINT64_MAX without a limit.
BTX_EXPORT std::uint64_t available_in_groups(const fs::path& root, const fs::path& group);

}  // namespace btx
