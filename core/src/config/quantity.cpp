#include "config/quantity.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

namespace btx {
namespace {

using Suffix = std::pair<std::string_view, std::int64_t>;

constexpr std::int64_t kThousand = 1000;
constexpr std::int64_t kMillion = kThousand * kThousand;
constexpr std::int64_t kBillion = kMillion * kThousand;
constexpr std::int64_t kTrillion = kBillion * kThousand;

constexpr std::array<Suffix, 6> kTokens = {{{"", 1},
                                            {"K", kThousand},
                                            {"M", kMillion},
                                            {"G", kBillion},
                                            {"B", kBillion},
                                            {"T", kTrillion}}};

constexpr std::array<Suffix, 10> kBytes = {{{"", 1},
                                            {"B", 1},
                                            {"KB", kThousand},
                                            {"MB", kMillion},
                                            {"GB", kBillion},
                                            {"TB", kTrillion},
                                            {"KiB", std::int64_t{1} << 10},
                                            {"MiB", std::int64_t{1} << 20},
                                            {"GiB", std::int64_t{1} << 30},
                                            {"TiB", std::int64_t{1} << 40}}};

template <std::size_t N>
std::optional<std::int64_t> factor_of(std::string_view suffix, const std::array<Suffix, N>& known) {
  const auto* found = std::ranges::find(known, suffix, &Suffix::first);
  return found == known.end() ? std::nullopt : std::optional(found->second);
}

/// digits / divisor, exactly: 1.5 is 15 / 10.
struct Decimal {
  std::int64_t digits = 0;
  std::int64_t divisor = 1;
};

std::optional<Decimal> parse_decimal(std::string_view text) {
  constexpr std::size_t kMaxDigits = 18;
  const auto point = text.find('.');
  const bool bare_point = point == 0 || point + 1 == text.size();
  if (text.empty() || bare_point || text.size() > kMaxDigits) return std::nullopt;
  Decimal number;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == point) continue;
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    number.digits = number.digits * 10 + (text[i] - '0');
    if (i > point) number.divisor *= 10;
  }
  return number;
}

std::optional<std::int64_t> scale(Decimal number, std::int64_t factor) {
  const auto cancel = [&number](std::int64_t& numerator) {
    const std::int64_t common = std::gcd(numerator, number.divisor);
    numerator /= common;
    number.divisor /= common;
  };
  cancel(factor);
  cancel(number.digits);
  std::int64_t result = 0;
  if (number.divisor != 1 || __builtin_mul_overflow(number.digits, factor, &result)) {
    return std::nullopt;
  }
  return result;
}

}  // namespace

std::optional<std::int64_t> parse_quantity(std::string_view text, Unit unit) {
  const auto end = std::min(text.find_first_not_of("0123456789."), text.size());
  const auto number = parse_decimal(text.substr(0, end));
  const auto suffix = text.substr(end);
  const auto factor = unit == Unit::bytes ? factor_of(suffix, kBytes) : factor_of(suffix, kTokens);
  return number && factor ? scale(*number, *factor) : std::nullopt;
}

}  // namespace btx
