#pragma once
// Counts what this program asks the heap for, and what it holds.

#include <cstddef>

namespace btx_test {

/// The largest single request since the last call.
std::size_t largest_allocation();

/// Memory that this process holds now, mapped pages of files included.
std::size_t resident_bytes();

}  // namespace btx_test
