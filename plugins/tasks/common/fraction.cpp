#include "common/fraction.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <string>

namespace tasks {
namespace {

using Fraction = std::optional<std::pair<std::int64_t, std::int64_t>>;

constexpr std::size_t kMostDigits = 15;

std::optional<std::int64_t> whole(std::string_view text) {
  std::int64_t number = 0;
  const bool negative = text.starts_with('-');
  const std::size_t digits = text.size() - (negative ? 1 : 0);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool all = error == std::errc() && end == text.data() + text.size();
  return all && digits <= kMostDigits ? std::optional(number) : std::nullopt;
}

Fraction reduced(std::int64_t numerator, std::int64_t denominator) {
  if (denominator == 0) return std::nullopt;
  const std::int64_t factor = std::gcd(numerator, denominator) * (denominator < 0 ? -1 : 1);
  return std::pair{numerator / factor, denominator / factor};
}

/// "1.25" without its sign.
Fraction decimal(std::string_view text) {
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string digits(text.substr(0, point));
  std::int64_t scale = 1;
  if (point < text.size()) {
    const std::string_view behind = text.substr(point + 1);
    if (behind.empty() || behind.size() > kMostDigits) return std::nullopt;
    digits += behind;
    for (std::size_t i = 0; i < behind.size(); ++i) scale *= 10;
  }
  if (digits.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  const auto number = whole(digits);
  return number ? reduced(*number, scale) : std::nullopt;
}

/// "\\frac{1}{2}" without its sign.
Fraction written_fraction(std::string_view text) {
  constexpr std::string_view kBegin = "\\frac{";
  const std::size_t between = text.find("}{");
  if (!text.starts_with(kBegin) || between == std::string_view::npos || !text.ends_with('}')) {
    return std::nullopt;
  }
  const auto numerator = whole(text.substr(kBegin.size(), between - kBegin.size()));
  const auto denominator = whole(text.substr(between + 2, text.size() - between - 3));
  return numerator && denominator ? reduced(*numerator, *denominator) : std::nullopt;
}

}  // namespace

Fraction fraction_in(std::string_view answer) {
  const bool negative = answer.starts_with('-');
  if (negative) answer.remove_prefix(1);
  Fraction number = written_fraction(answer);
  if (!number) number = decimal(answer);
  if (number && negative) number->first = -number->first;
  return number;
}

}  // namespace tasks
