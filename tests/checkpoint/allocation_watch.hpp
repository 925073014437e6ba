#pragma once
// Counts what this program asks the heap for.

#include <cstddef>

namespace btx_test {

/// The largest single request since the last call.
std::size_t largest_allocation();

}  // namespace btx_test
