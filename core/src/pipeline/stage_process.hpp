#pragma once
// A stage as a process of this program.

#include "base/file.hpp"

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>

namespace btx {

/// Starts `btx stage RUN NAME` with this process's log level and --unsafe-code; of gpus() it sees
/// the one with this index, if it is given one. Its signal mask is empty. Returns its process.
/// Throws btx::Error if it cannot be started.   [main]
pid_t start_stage(const fs::path& run, const std::string& name, std::optional<std::size_t> gpu);

}  // namespace btx
