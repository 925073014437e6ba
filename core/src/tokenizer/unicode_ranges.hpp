#pragma once
// The code points that Unicode calls letters and numbers.

#include <span>

namespace btx {

/// First and last code point, both included.
struct CodeRange {
  char32_t first;
  char32_t last;
};

/// General_Category L*, ascending.
std::span<const CodeRange> letter_ranges();
/// General_Category N*, ascending.
std::span<const CodeRange> number_ranges();

}  // namespace btx
