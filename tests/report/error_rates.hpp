#pragma once
// Simulations of A against A: how often a test that should err in 5 % of the cases does.

#include "report/statistics.hpp"

#include <btx/random.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

namespace btx_test {

inline constexpr int kSimulations = 1000;
inline constexpr double kLevel = 0.95;

/// Numbers for simulation `index`, one after the other.
class Numbers {
 public:
  Numbers(std::string_view purpose, int index) : key_(btx::random_key(5, purpose)) {
    counter_ = static_cast<std::uint64_t>(index) << 20U;
  }
  double normal() { return btx::random_normal(key_, counter_++); }
  double uniform() { return btx::random_uniform(key_, counter_++); }

 private:
  std::uint64_t key_;
  std::uint64_t counter_;
};

/// Whether an interval would be taken for a difference.
inline bool excludes_zero(const btx::Interval& interval) {
  return interval.low > 0 || interval.high < 0;
}

/// As a table's only row.
inline bool has_verdict(const btx::Interval& interval) {
  return excludes_zero(interval) && interval.p < 1 - kLevel;
}

/// Whether any row of a table has a verdict.
inline bool any_verdict(const std::vector<double>& p) {
  const auto adjusted = btx::holm(p);
  return *std::min_element(adjusted.begin(), adjusted.end()) < 1 - kLevel;
}

/// At most 5 % and two standard deviations and a half.
inline void check_at_most_5_percent(int rejected) {
  const double expected = kSimulations * (1 - kLevel);
  MESSAGE("rejected ", rejected, " of ", kSimulations);
  CHECK(rejected <= expected + 2.5 * std::sqrt(expected * kLevel));
}

/// And no less, by as much.
inline void check_5_percent(int rejected) {
  const double expected = kSimulations * (1 - kLevel);
  check_at_most_5_percent(rejected);
  CHECK(rejected >= expected - 2.5 * std::sqrt(expected * kLevel));
}

}  // namespace btx_test
