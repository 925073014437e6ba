#include "report/difference/document_pairs.hpp"

#include <btx/random.hpp>

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

double sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

/// What each document adds to mean_difference(); those that add nothing are left out.
std::vector<double> parts_of(std::span<const DocumentPairs> domains) {
  std::vector<double> parts;
  for (const auto& documents : domains) {
    const double share = 1 / (sum(documents.weight) * static_cast<double>(domains.size()));
    for (const double difference : documents.difference) {
      if (difference != 0) parts.push_back(difference * share);
    }
  }
  return parts;
}

/// The sum of the parts, each with a sign of its own.
double flipped(const std::vector<double>& parts, std::uint64_t key, std::uint64_t resample) {
  constexpr std::size_t kBits = 32;
  double total = 0;
  std::array<std::uint32_t, 4> numbers{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t word = i / kBits % numbers.size();
    if (i % (kBits * numbers.size()) == 0) numbers = philox(key, i, resample);
    total += (numbers[word] >> (i % kBits) & 1U) != 0 ? parts[i] : -parts[i];
  }
  return total;
}

}  // namespace

double mean_difference(std::span<const DocumentPairs> domains) {
  double sum = 0;
  for (const auto& documents : domains) {
    sum += std::accumulate(documents.difference.begin(), documents.difference.end(), 0.0) /
           std::accumulate(documents.weight.begin(), documents.weight.end(), 0.0);
  }
  return sum / static_cast<double>(domains.size());
}

Spread document_spread(std::span<const DocumentPairs> domains) {
  double variance = 0, squares = 0;
  for (const auto& documents : domains) {
    const double weight = sum(documents.weight);
    const double ratio = sum(documents.difference) / weight;
    double deviations = 0;
    for (std::size_t i = 0; i < documents.weight.size(); ++i) {
      deviations += std::pow(documents.difference[i] - ratio * documents.weight[i], 2);
    }
    const auto count = static_cast<double>(documents.weight.size());
    const double own = count / (count - 1) * deviations / (weight * weight);
    variance += own;
    squares += own * own / (count - 1);
  }
  const auto count = static_cast<double>(domains.size());
  const double freedom = squares > 0 ? variance * variance / squares : 1;
  return {mean_difference(domains), std::sqrt(variance) / count, freedom};
}

double smallest_p(std::span<const DocumentPairs> domains) {
  std::size_t count = 0;
  for (const auto& documents : domains) count += documents.weight.size();
  return std::exp2(1 - static_cast<double>(count));
}

double sign_flip_p(std::span<const DocumentPairs> domains, std::uint64_t seed, int resamples) {
  const std::uint64_t key = random_key(seed, "sign flips");
  const std::vector<double> parts = parts_of(domains);
  double found = 0, largest = 0;
  for (const double part : parts) {
    found += part;
    largest += std::abs(part);
  }
  // Sums of the same parts round differently: what is equal counts as equal.
  const double reached = std::abs(found) - 1e-12 * largest;
  int as_large = 0;
  for (int resample = 0; resample < resamples; ++resample) {
    const double other = flipped(parts, key, static_cast<std::uint64_t>(resample));
    as_large += std::abs(other) >= reached ? 1 : 0;
  }
  return std::max(smallest_p(domains), (1.0 + as_large) / (1.0 + resamples));
}

Interval paired_bootstrap(std::span<const DocumentPairs> domains, double level, std::uint64_t seed,
                          int resamples) {
  const std::vector<double> means = resampled_means(domains, seed, resamples);
  const double tail = (static_cast<double>(means.size()) + 1) * (1 - level) / 2;
  const auto k = static_cast<std::size_t>(std::max(1.0, std::floor(tail + 1e-9)));
  return {mean_difference(domains), means[k - 1], means[means.size() - k],
          sign_flip_p(domains, seed, resamples)};
}

}  // namespace btx
