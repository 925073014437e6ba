#include "report/statistics.hpp"

#include <btx/random.hpp>

#include <boost/math/distributions/students_t.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace btx {
namespace {

/// sum(difference) / sum(weight) of n - 1 documents drawn with replacement; `draw` numbers the
/// draws of one resample over all domains.
double resampled_ratio(const DocumentPairs& documents, std::uint64_t key, std::uint64_t resample,
                       std::uint64_t& draw) {
  const std::uint64_t count = documents.weight.size();
  double difference = 0, weight = 0;
  std::array<std::uint32_t, 4> numbers{};
  for (std::uint64_t i = 0; i + 1 < count; ++i) {
    if (i % 4 == 0) numbers = philox(key, draw++, resample);
    const auto chosen = static_cast<std::size_t>((numbers[i % 4] * count) >> 32U);
    difference += documents.difference[chosen];
    weight += documents.weight[chosen];
  }
  return difference / weight;
}

std::vector<double> resampled_means(std::span<const DocumentPairs> domains, std::uint64_t seed,
                                    int resamples) {
  const std::uint64_t key = random_key(seed, "paired bootstrap");
  std::vector<double> means;
  means.reserve(static_cast<std::size_t>(resamples));
  for (int resample = 0; resample < resamples; ++resample) {
    std::uint64_t draw = 0;
    double sum = 0;
    for (const auto& documents : domains) {
      sum += resampled_ratio(documents, key, static_cast<std::uint64_t>(resample), draw);
    }
    means.push_back(sum / static_cast<double>(domains.size()));
  }
  std::sort(means.begin(), means.end());
  return means;
}

/// Twice the smaller share of the sorted values on one side of zero.
double two_sided_p(const std::vector<double>& sorted) {
  const auto below = std::upper_bound(sorted.begin(), sorted.end(), 0.0) - sorted.begin();
  const auto above = sorted.end() - std::lower_bound(sorted.begin(), sorted.end(), 0.0);
  const auto fewer = static_cast<double>(std::min(below, above));
  return std::min(1.0, 2 * (1 + fewer) / static_cast<double>(sorted.size() + 1));
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

Interval paired_t(std::span<const double> differences, double level) {
  const auto count = static_cast<double>(differences.size());
  const double mean = mean_of(differences);
  const double error = standard_deviation(differences) / std::sqrt(count);
  if (error == 0) return {mean, mean, mean, mean == 0 ? 1.0 : 0.0};
  const boost::math::students_t distribution(count - 1);
  const double reach = error * boost::math::quantile(distribution, (1 + level) / 2);
  const double t = std::abs(mean) / error;
  return {mean, mean - reach, mean + reach,
          2 * boost::math::cdf(boost::math::complement(distribution, t))};
}

double mean_difference(std::span<const DocumentPairs> domains) {
  double sum = 0;
  for (const auto& documents : domains) {
    sum += std::accumulate(documents.difference.begin(), documents.difference.end(), 0.0) /
           std::accumulate(documents.weight.begin(), documents.weight.end(), 0.0);
  }
  return sum / static_cast<double>(domains.size());
}

Interval paired_bootstrap(std::span<const DocumentPairs> domains, double level, std::uint64_t seed,
                          int resamples) {
  const std::vector<double> means = resampled_means(domains, seed, resamples);
  const double tail = (static_cast<double>(means.size()) + 1) * (1 - level) / 2;
  const auto k = static_cast<std::size_t>(std::max(1.0, std::floor(tail + 1e-9)));
  return {mean_difference(domains), means[k - 1], means[means.size() - k], two_sided_p(means)};
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

double ratio_standard_error(std::span<const double> numerator,
                            std::span<const double> denominator) {
  const auto items = static_cast<double>(numerator.size());
  const double total = std::accumulate(denominator.begin(), denominator.end(), 0.0);
  if (numerator.size() < 2 || total == 0) return std::numeric_limits<double>::quiet_NaN();
  const double ratio = std::accumulate(numerator.begin(), numerator.end(), 0.0) / total;
  double squares = 0;
  for (std::size_t i = 0; i < numerator.size(); ++i) {
    squares += std::pow(numerator[i] - ratio * denominator[i], 2);
  }
  return std::sqrt(items / (items - 1) * squares) / total;
}

}  // namespace btx
