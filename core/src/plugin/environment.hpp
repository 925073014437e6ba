#pragma once
// What this program is and where it runs, for env.json and `btx version --json`.

#include "config/value.hpp"

namespace btx {

/// Version, ABI tag, compiler, LibTorch, processor, cores, memory, GPUs, loaded plugins.
BTX_EXPORT Value environment();

}  // namespace btx
