#include "common/python_json.hpp"

#include <charconv>
#include <optional>

namespace sources {
namespace {

constexpr std::string_view kNumber = "0.0";
constexpr std::size_t kEscape = 6;  // "\ud83d"

/// The UTF-16 unit of an escape at `at`, or nothing.
std::optional<unsigned> unit_at(std::string_view line, std::size_t at) {
  if (line.size() < at + kEscape || line.substr(at, 2) != "\\u") return std::nullopt;
  unsigned unit = 0;
  const char* end = line.data() + at + kEscape;
  const auto [stop, error] = std::from_chars(line.data() + at + 2, end, unit, 16);
  return error == std::errc() && stop == end ? std::optional(unit) : std::nullopt;
}

bool is_high(std::optional<unsigned> unit) {
  return unit && *unit >= 0xD800 && *unit < 0xDC00;
}
bool is_low(std::optional<unsigned> unit) {
  return unit && *unit >= 0xDC00 && *unit < 0xE000;
}

class Rewriter {
 public:
  explicit Rewriter(std::string_view line) : line_(line) {}

  std::string rewrite() {
    while (at_ < line_.size()) {
      if (line_[at_] == '"') {
        string();
      } else if (!word() && !number()) {
        take(1);
      }
    }
    return std::move(out_);
  }

 private:
  void take(std::size_t bytes) {
    out_ += line_.substr(at_, bytes);
    at_ += bytes;
  }

  void string() {
    take(1);
    while (at_ < line_.size() && line_[at_] != '"') line_[at_] == '\\' ? escape() : take(1);
    take(1);
  }

  void escape() {
    const auto unit = unit_at(line_, at_);
    if (is_high(unit) && is_low(unit_at(line_, at_ + kEscape))) return take(2 * kEscape);
    if (!is_high(unit) && !is_low(unit)) return take(2);
    out_ += "\\ufffd";
    at_ += kEscape;
  }

  bool word() {
    for (const std::string_view known : {"-Infinity", "Infinity", "NaN"}) {
      if (!line_.substr(at_).starts_with(known)) continue;
      out_ += kNumber;
      at_ += known.size();
      return true;
    }
    return false;
  }

  bool number() {
    const std::size_t end = line_.find_first_not_of("+-.0123456789eE", at_);
    const auto text = line_.substr(at_, end == std::string_view::npos ? end : end - at_);
    if (text.empty()) return false;
    double value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool large = error == std::errc::result_out_of_range && stop == text.data() + text.size();
    out_ += large ? kNumber : text;
    at_ += text.size();
    return true;
  }

  std::string_view line_;
  std::size_t at_ = 0;
  std::string out_;
};

}  // namespace

std::string from_python_json(std::string_view line) {
  return Rewriter(line).rewrite();
}

}  // namespace sources
