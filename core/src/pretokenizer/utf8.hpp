#pragma once
// One code point of UTF-8 and back.

#include <cstdint>
#include <string>
#include <string_view>

namespace btx {

/// What stands at a place of a text.
struct CodePoint {
  char32_t value;      ///< 0 where it is not valid
  std::uint8_t bytes;  ///< 1 where the byte is not UTF-8
  bool valid;
};

/// The code point at `at` < text.size(); overlong forms, surrogates, values beyond U+10FFFF and
/// sequences cut short are not valid.   [any]
inline CodePoint decode_utf8(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1, true};
  constexpr CodePoint kInvalid{0, 1, false};
  const std::uint8_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() - at < bytes) return kInvalid;
  char32_t value = first & (0x7Fu >> bytes);
  for (std::uint8_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return kInvalid;
    value = value << 6 | (byte(i) & 0x3Fu);
  }
  const bool overlong = (bytes == 3 && value < 0x800) || (bytes == 4 && value < 0x10000);
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  return overlong || surrogate || value > 0x10FFFF ? kInvalid : CodePoint{value, bytes, true};
}

/// Appends a code point below U+0800.
inline void append_utf8(std::string& text, char32_t value) {
  if (value < 0x80) {
    text.push_back(static_cast<char>(value));
  } else {
    text.push_back(static_cast<char>(0xC0 | value >> 6));
    text.push_back(static_cast<char>(0x80 | (value & 0x3F)));
  }
}

}  // namespace btx
