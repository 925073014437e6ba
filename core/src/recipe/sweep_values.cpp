#include "recipe/sweep_values.hpp"

#include "recipe/sweep.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>

namespace btx {
namespace {

std::string trimmed(const std::string& text) {
  const auto start = text.find_first_not_of(" \t");
  if (start == std::string::npos) return "";
  return text.substr(start, text.find_last_not_of(" \t") - start + 1);
}

/// Follows quotes, brackets and braces through a text.
class Nesting {
 public:
  bool inside() const { return quote_ != '\0' || depth_ != 0; }
  void pass(char c) {
    if (escaped_) {
      escaped_ = false;
    } else if (quote_ != '\0') {
      escaped_ = quote_ == '"' && c == '\\';
      if (c == quote_) quote_ = '\0';
    } else {
      if (c == '"' || c == '\'') quote_ = c;
      if (c == '[' || c == '{') ++depth_;
      if (c == ']' || c == '}') --depth_;
    }
  }

 private:
  char quote_ = '\0';
  bool escaped_ = false;
  int depth_ = 0;
};

/// Parts between the commas that stand in no quotes, brackets or braces. A text in which these do
/// not match is one part: it is a bare string that happens to hold one.
std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> parts(1);
  Nesting nesting;
  for (const char c : text) {
    if (c == ',' && !nesting.inside()) {
      parts.emplace_back();
      continue;
    }
    parts.back() += c;
    nesting.pass(c);
  }
  if (nesting.inside()) return {text};
  return parts;
}

std::optional<std::int64_t> integer(const std::string& text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

/// Adds first..last; false where the text is not a range.
bool add_range(const std::string& text, const Place& place, std::vector<std::string>& values) {
  const auto dots = text.find("..");
  if (dots == std::string::npos) return false;
  const auto first = integer(text.substr(0, dots)), last = integer(text.substr(dots + 2));
  if (!first || !last) return false;
  if (*last < *first) fail_at(place, fmt::format("{} runs backwards", text));
  const auto steps = static_cast<std::uint64_t>(*last) - static_cast<std::uint64_t>(*first);
  if (steps >= kMaxSweepPoints) {
    fail_at(place, fmt::format("{} has more than {} values", text, kMaxSweepPoints));
  }
  for (std::int64_t i = *first;; ++i) {
    values.push_back(std::to_string(i));
    if (i == *last) return true;
  }
}

}  // namespace

std::optional<std::vector<std::string>> sweep_values(const std::string& text, const Place& place) {
  std::vector<std::string> values;
  bool ranges = false;
  const std::vector<std::string> parts = parts_of(text);
  for (const auto& part : parts) {
    const std::string value = trimmed(part);
    if (value.empty()) fail_at(place, "a value is missing; write key=a,b,c or key=1..5");
    if (add_range(value, place, values)) {
      ranges = true;
    } else {
      values.push_back(value);
    }
  }
  if (parts.size() == 1 && !ranges) return std::nullopt;
  return values;
}

}  // namespace btx
