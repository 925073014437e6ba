#pragma once
// Runs of characters of one class, for patterns that are scanned by hand.

#include "pretokenizer/char_class.hpp"

#include <string_view>

namespace btx {

/// [\r\n]
inline bool is_newline(char c) {
  return c == '\r' || c == '\n';
}

/// As regular expressions of Unicode 16 see characters.   [any]
class CharScanner {
 public:
  Char at(std::string_view text, std::size_t pos) const {
    const Char here = char_at(classes_, text, pos);
    return here.kind == CharClass::new_number ? Char{CharClass::other, here.bytes} : here;
  }

  /// The end of the run of `kind` that goes on at `begin`, after `limit` characters at most.
  std::size_t run_end(std::string_view text, std::size_t begin, CharClass kind,
                      std::size_t limit = std::string_view::npos) const {
    for (; begin < text.size() && limit > 0; --limit) {
      const Char here = at(text, begin);
      if (here.kind != kind) break;
      begin += here.bytes;
    }
    return begin;
  }

  /// \s+(?!\S)|\s+ at a space: before a word the last space stays behind, to go with it if it can.
  std::size_t spaces_end(std::string_view text, std::size_t begin) const {
    std::size_t last = begin;
    std::size_t end = begin;
    while (end < text.size()) {
      const Char here = at(text, end);
      if (here.kind != CharClass::space) break;
      last = end;
      end += here.bytes;
    }
    return end < text.size() && last > begin ? last : end;
  }

  /// \s*[\r\n]+|\s+(?!\S)|\s+ at a space.
  std::size_t lines_end(std::string_view text, std::size_t begin) const {
    const std::size_t end = run_end(text, begin, CharClass::space);
    const std::size_t newline = text.substr(begin, end - begin).find_last_of("\r\n");
    return newline != std::string_view::npos ? begin + newline + 1 : spaces_end(text, begin);
  }

 private:
  const CharClass* classes_ = char_classes();
};

}  // namespace btx
