#pragma once
// The code points that Unicode calls letters, numbers and punctuation.

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
/// Punctuation as Hugging Face's pre-tokenizer of that name sees it, ascending.
std::span<const CodeRange> punctuation_ranges();
/// Characters that Hugging Face's NFC leaves where they stand, as its Unicode is older than they.
std::span<const CodeRange> young_mark_ranges();

/// Whether ascending ranges hold a code point.   [any]
bool in_ranges(std::span<const CodeRange> ranges, char32_t point);

}  // namespace btx
