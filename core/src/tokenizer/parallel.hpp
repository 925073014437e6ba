#pragma once
// The same work on several threads.

#include <functional>

namespace btx {

/// Runs `work` on `threads` threads at once, the caller's among them, and returns when all have
/// ended; then throws the first of their errors, if any. Fewer than one thread means one.
void run_on_threads(int threads, const std::function<void()>& work);

}  // namespace btx
