#include "base/terminal.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace btx {
namespace {

constexpr std::size_t kLongestShown = 4000;  ///< bytes of a text that is one line

/// Whether this is a control character in UTF-8, of one byte or (C1) of two.
std::size_t control_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x20 || byte(0) == 0x7F) return 1;
  return byte(0) == 0xC2 && text.size() > 1 && byte(1) >= 0x80 && byte(1) < 0xA0 ? 2 : 0;
}

/// With control characters but those of `kept`, and what is not UTF-8, shown by their numbers.
std::string shown(std::string_view text, std::string_view kept) {
  std::string out;
  while (!text.empty()) {
    const std::size_t good = std::min(find_invalid_utf8(text), text.size());  // NUL is not, either
    for (std::size_t i = 0; i < good;) {
      const std::size_t control = control_length(text.substr(i, good - i));
      if (control == 0 || kept.find(text[i]) != std::string_view::npos) {
        out += text[i++];
      } else {
        out += fmt::format("\\u{:04x}", static_cast<unsigned char>(text[i + control - 1]));
        i += control;
      }
    }
    text.remove_prefix(good);
    if (text.empty()) break;
    out += text[0] == 0 ? "\\u0000" : "\\ufffd";
    text.remove_prefix(1);
  }
  return out;
}

}  // namespace

std::string printable(std::string_view text) {
  if (text.size() <= kLongestShown) return shown(text, "");
  return fmt::format("{} ... {} ({} bytes)", shown(text.substr(0, kLongestShown / 2), ""),
                     shown(text.substr(text.size() - kLongestShown / 4), ""), text.size());
}

std::string printable_lines(std::string_view text) {
  return shown(text, "\n\t");
}

void write_message(std::FILE* to, std::string_view text) noexcept {
  std::fwrite(text.data(), 1, text.size(), to);
  std::fflush(to);
}

}  // namespace btx
