// How often the intervals are wrong: A against A, and against a planted difference.
#include "report/statistics.hpp"

#include <btx/random.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

namespace {

constexpr int kSimulations = 1000;

/// Numbers for simulation `index`, one after the other.
class Numbers {
 public:
  Numbers(const char* purpose, int index) : key_(btx::random_key(5, purpose)) {
    counter_ = static_cast<std::uint64_t>(index) << 20U;
  }
  double normal() { return btx::random_normal(key_, counter_++); }

 private:
  std::uint64_t key_;
  std::uint64_t counter_;
};

bool excludes_zero(const btx::Interval& interval) {
  return interval.low > 0 || interval.high < 0;
}

/// Interval and p-value are of one test: they must not disagree.
bool rejects(const btx::Interval& interval) {
  CHECK(excludes_zero(interval) == (interval.p < 0.05));
  return excludes_zero(interval);
}

/// The difference of two results of one seed each, which both vary by 0.01.
std::vector<double> seed_differences(Numbers& numbers, int seeds, double planted) {
  std::vector<double> differences;
  for (int i = 0; i < seeds; ++i) {
    differences.push_back(planted + 0.01 * (numbers.normal() - numbers.normal()));
  }
  return differences;
}

/// Documents of some hundred to some thousand bytes in three domains; two models that differ on
/// each by chance, more on harder documents.
std::vector<btx::DocumentPairs> document_differences(Numbers& numbers, int documents,
                                                     double planted) {
  std::vector<btx::DocumentPairs> domains(3);
  for (auto& domain : domains) {
    for (int i = 0; i < documents; ++i) {
      const double bytes = 800 * std::exp(0.7 * numbers.normal());
      const double hardness = std::exp(0.3 * numbers.normal());
      domain.weight.push_back(std::round(bytes));
      domain.difference.push_back(bytes * (planted + 0.05 * hardness * numbers.normal()));
    }
  }
  return domains;
}

/// Two standard deviations and a half of a count with this expectation.
void check_rate(int rejected, double rate) {
  const double expected = kSimulations * rate;
  const double reach = 2.5 * std::sqrt(expected * (1 - rate));
  MESSAGE("rejected ", rejected, " of ", kSimulations);
  CHECK(rejected >= expected - reach);
  CHECK(rejected <= expected + reach);
}

}  // namespace

TEST_CASE("A against A: paired t over five seeds errs in 5 % of the cases") {
  int rejected = 0;
  for (int i = 0; i < kSimulations; ++i) {
    Numbers numbers("seeds", i);
    rejected += rejects(btx::paired_t(seed_differences(numbers, 5, 0), 0.95)) ? 1 : 0;
  }
  check_rate(rejected, 0.05);
}

TEST_CASE("A against A: the paired bootstrap over documents errs in 5 % of the cases") {
  int rejected = 0;
  for (int i = 0; i < kSimulations; ++i) {
    Numbers numbers("documents", i);
    const auto domains = document_differences(numbers, 40, 0);
    const auto seed = static_cast<std::uint64_t>(i);
    rejected += rejects(btx::paired_bootstrap(domains, 0.95, seed, 2000)) ? 1 : 0;
  }
  check_rate(rejected, 0.05);
}

TEST_CASE("A against A in tables of six rows: Holm errs in at most 5 % of the tables") {
  int wrong = 0;
  for (int i = 0; i < kSimulations; ++i) {
    Numbers numbers("tables", i);
    std::vector<double> p;
    for (int row = 0; row < 6; ++row) {
      p.push_back(btx::paired_t(seed_differences(numbers, 4, 0), 0.95).p);
    }
    const auto adjusted = btx::holm(p);
    wrong += *std::min_element(adjusted.begin(), adjusted.end()) < 0.05 ? 1 : 0;
  }
  MESSAGE("wrong ", wrong, " of ", kSimulations);
  CHECK(wrong <= 50 + 2.5 * std::sqrt(47.5));
}

TEST_CASE("a planted difference is found") {
  int by_seeds = 0, by_documents = 0;
  for (int i = 0; i < 100; ++i) {
    Numbers numbers("planted", i);
    by_seeds += excludes_zero(btx::paired_t(seed_differences(numbers, 5, 0.05), 0.95)) ? 1 : 0;
    const auto domains = document_differences(numbers, 40, -0.03);
    const auto found = btx::paired_bootstrap(domains, 0.95, 1, 2000);
    by_documents += found.high < 0 ? 1 : 0;
  }
  CHECK(by_seeds >= 95);
  CHECK(by_documents >= 95);
}
