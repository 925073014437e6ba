#include "config/toml_depth.hpp"

#include "config/value.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace btx {
namespace {

/// Offset behind the string or comment that starts at `at`. Strings on several lines may hold
/// quotes, and two more directly before the closing three.
std::size_t skip_quoted(std::string_view text, std::size_t at) {
  if (text[at] == '#') return std::min(text.find('\n', at), text.size());
  const char quote = text[at];
  const bool multiline = text.substr(at, 3) == std::string(3, quote);
  std::size_t end = at + (multiline ? 3 : 1);
  for (; end < text.size(); ++end) {
    if (text[end] == '\\' && quote == '"') {
      ++end;
    } else if (multiline && text.substr(end, 3) == std::string(3, quote)) {
      end += 3;
      for (int extra = 0; extra < 2 && end < text.size() && text[end] == quote; ++extra) ++end;
      return end;
    } else if (!multiline && (text[end] == quote || text[end] == '\n')) {
      return end + 1;
    }
  }
  return text.size();
}

/// How deep the text before a position nests: open brackets, and the dots of the keys on the way.
class Depth {
 public:
  void step(char c) {
    switch (c) {
      case '.': dots_.back() += 1, total_ += 1; break;
      case ',': reset(); break;
      case '\n':
        if (dots_.size() == 1) reset();
        break;
      case '[':
      case '{': dots_.push_back(0), total_ += 1; break;
      case ']':
      case '}': close(); break;
      default: break;
    }
  }
  std::size_t total() const { return total_; }

 private:
  void reset() {
    total_ -= dots_.back();
    dots_.back() = 0;
  }
  void close() {
    if (dots_.size() == 1) return;
    reset();
    dots_.pop_back();
    total_ -= 1;
  }

  std::vector<std::size_t> dots_{0};  ///< of the key being read, for each open bracket
  std::size_t total_ = 0;
};

}  // namespace

void check_toml_depth(std::string_view text, const std::string& name) {
  Depth depth;
  std::uint32_t line = 1;
  std::size_t line_start = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    const std::size_t next = c == '"' || c == '\'' || c == '#' ? skip_quoted(text, at) : at + 1;
    depth.step(c);
    if (depth.total() > kMaxDepth) {
      fail_at({name, line, static_cast<std::uint32_t>(at - line_start + 1)},
              fmt::format("nested deeper than {} levels", kMaxDepth));
    }
    for (; at < next; ++at) {
      if (text[at] == '\n') ++line, line_start = at + 1;
    }
  }
}

}  // namespace btx
