#pragma once
// What pre-tokenization wants to know of a character: letter, number, white space or anything else.

#include "pretokenizer/utf8.hpp"

#include <cstdint>
#include <string_view>

namespace btx {

enum class CharClass : std::uint8_t {
  other,
  letter,      ///< \p{L}
  number,      ///< \p{N}
  new_number,  ///< a number since Unicode 17: Digits knows it, \p{N} of Unicode 16 does not
  space,       ///< \s
};

/// A character of a text: its class and its length in bytes.
struct Char {
  CharClass kind;
  std::uint8_t bytes;
};

/// One entry a code point, built on first use.   [any]
const CharClass* char_classes();

/// The character at `at`; a byte that is not UTF-8 is one character of class `other`.
inline Char char_at(const CharClass* classes, std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  if (first < 0x80) return {classes[first], 1};
  const CodePoint point = decode_utf8(text, at);
  return {point.valid ? classes[point.value] : CharClass::other, point.bytes};
}

}  // namespace btx
