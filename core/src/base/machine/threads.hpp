#pragma once
// How many threads a stage takes.

#include <algorithm>
#include <cstdint>
#include <thread>

namespace btx {

/// What engine.threads asks for: 0 is one for each core that this process may use.   [any]
inline int threads_here(std::int64_t asked) {
  if (asked > 0) return static_cast<int>(asked);
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

}  // namespace btx
