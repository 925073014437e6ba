#include "report/statistics.hpp"

#include <boost/math/distributions/students_t.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>

namespace btx {
namespace {

/// Largest rounding error of a mean of equal numbers.
constexpr double kRounding = 1e-12;

bool are_shares(std::span<const double> numerator, std::span<const double> denominator) {
  return std::ranges::all_of(numerator, [](double x) { return x == 0 || x == 1; }) &&
         std::ranges::all_of(denominator, [](double x) { return x == 1; });
}

}  // namespace

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double standard_deviation(std::span<const double> values) {
  if (values.size() < 2) return 0;
  const double mean = mean_of(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

Interval t_interval(const Spread& spread, double level) {
  const boost::math::students_t distribution(spread.freedom);
  const double reach = spread.error * boost::math::quantile(distribution, (1 + level) / 2);
  const double t = std::abs(spread.mean) / spread.error;
  return {spread.mean, spread.mean - reach, spread.mean + reach,
          2 * boost::math::cdf(boost::math::complement(distribution, t))};
}

std::optional<Spread> paired_spread(std::span<const double> differences, double step) {
  if (differences.size() < 2) return std::nullopt;
  const auto count = static_cast<double>(differences.size());
  const double mean = mean_of(differences);
  const double variance = std::pow(standard_deviation(differences), 2) + step * step / 12;
  const double error = std::sqrt(variance / count);
  if (error <= kRounding * std::abs(mean)) return std::nullopt;
  return Spread{mean, error, count - 1};
}

std::optional<Interval> paired_t(std::span<const double> differences, double level, double step) {
  const auto spread = paired_spread(differences, step);
  if (!spread) return std::nullopt;
  return t_interval(*spread, level);
}

Spread crossed(const Spread& a, const Spread& b) {
  return {a.mean, std::hypot(a.error, b.error), std::min(a.freedom, b.freedom)};
}

std::vector<double> holm(const std::vector<double>& p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p[a] < p[b]; });
  std::vector<double> adjusted(p.size());
  double largest = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    largest = std::max(largest, std::min(1.0, static_cast<double>(p.size() - i) * p[order[i]]));
    adjusted[order[i]] = largest;
  }
  return adjusted;
}

double share_standard_error(double right, double items) {
  const double share = (right + 2) / (items + 4);
  return std::sqrt(share * (1 - share) / (items + 4));
}

double ratio_standard_error(std::span<const double> numerator,
                            std::span<const double> denominator) {
  const auto items = static_cast<double>(numerator.size());
  const double total = std::accumulate(denominator.begin(), denominator.end(), 0.0);
  if (numerator.size() < 2 || total == 0) return std::numeric_limits<double>::quiet_NaN();
  if (are_shares(numerator, denominator)) {
    const double right = std::accumulate(numerator.begin(), numerator.end(), 0.0);
    return share_standard_error(right, items);
  }
  const double ratio = std::accumulate(numerator.begin(), numerator.end(), 0.0) / total;
  double squares = 0;
  for (std::size_t i = 0; i < numerator.size(); ++i) {
    squares += std::pow(numerator[i] - ratio * denominator[i], 2);
  }
  return std::sqrt(items / (items - 1) * squares) / total;
}

}  // namespace btx
