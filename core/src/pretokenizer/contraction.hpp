#pragma once
// 's 't 're 've 'm 'll 'd, which the patterns of byte-level BPE set apart.

#include <cstddef>
#include <string_view>

namespace btx {

/// Bytes of the contraction whose apostrophe is at `at`; 0 if there is none. `any_case` is (?i:) of
/// Unicode, in which U+017F, the long s, is an s too.   [any]
inline std::size_t contraction(std::string_view text, std::size_t at, bool any_case) {
  const auto letter = [&](std::size_t i) -> char {
    if (i >= text.size()) return '\0';
    const bool upper = any_case && text[i] >= 'A' && text[i] <= 'Z';
    return upper ? static_cast<char>(text[i] - 'A' + 'a') : text[i];
  };
  const char first = letter(at + 1);
  const char second = letter(at + 2);
  if (first == 's' || first == 't' || first == 'm' || first == 'd') return 2;
  if (any_case && text.substr(at + 1).starts_with("\u017F")) return 3;
  const bool two = (first == 'r' && second == 'e') || (first == 'v' && second == 'e') ||
                   (first == 'l' && second == 'l');
  return two ? 3 : 0;
}

}  // namespace btx
