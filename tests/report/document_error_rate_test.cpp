// How often verdicts on documents are wrong: A against A, and against a planted difference.
#include "error_rates.hpp"
#include "report/difference/document_pairs.hpp"

#include <utility>

using btx_test::excludes_zero;
using btx_test::has_verdict;
using btx_test::kLevel;
using btx_test::kSimulations;
using btx_test::Numbers;

namespace {

/// Documents of some hundred to some thousand bytes; two models that differ on each by chance,
/// more on harder documents.
std::vector<btx::DocumentPairs> document_differences(Numbers& numbers, int domains, int documents,
                                                     double planted) {
  std::vector<btx::DocumentPairs> all(static_cast<std::size_t>(domains));
  for (auto& domain : all) {
    for (int i = 0; i < documents; ++i) {
      const double bytes = 800 * std::exp(0.7 * numbers.normal());
      const double hardness = std::exp(0.3 * numbers.normal());
      domain.weight.push_back(std::round(bytes));
      domain.difference.push_back(bytes * (planted + 0.05 * hardness * numbers.normal()));
    }
  }
  return all;
}

/// Right answers of two models that know each item with probability 1/2.
std::vector<btx::DocumentPairs> item_differences(Numbers& numbers, int items) {
  btx::DocumentPairs set;
  for (int i = 0; i < items; ++i) {
    const int mine = numbers.uniform() < 0.5 ? 1 : 0;
    const int other = numbers.uniform() < 0.5 ? 1 : 0;
    set.difference.push_back(mine - other);
    set.weight.push_back(1);
  }
  return {set};
}

struct Design {
  int domains, documents;
};

struct Wrong {
  int verdicts = 0, intervals = 0;
};

template <class Differences>
Wrong count_wrong(const Differences& differences) {
  Wrong wrong;
  for (int i = 0; i < kSimulations; ++i) {
    Numbers numbers("documents", i);
    const auto seed = static_cast<std::uint64_t>(i);
    const auto interval = btx::paired_bootstrap(differences(numbers), kLevel, seed, 1000);
    wrong.verdicts += has_verdict(interval) ? 1 : 0;
    wrong.intervals += excludes_zero(interval) ? 1 : 0;
  }
  return wrong;
}

/// [seed][document]: models that differ by chance of the seed, of the document, and of both.
std::vector<std::vector<double>> crossed_differences(Numbers& numbers, int seeds, int documents) {
  std::vector<double> of_document;
  for (int d = 0; d < documents; ++d) of_document.push_back(0.05 * numbers.normal());
  std::vector<std::vector<double>> all;
  for (int s = 0; s < seeds; ++s) {
    const double of_seed = 0.01 * numbers.normal();
    auto& row = all.emplace_back();
    for (const double part : of_document) {
      row.push_back(800 * (of_seed + part + 0.03 * numbers.normal()));
    }
  }
  return all;
}

struct Crossed {
  btx::Interval seeds, both;
};

Crossed crossed_intervals(const std::vector<std::vector<double>>& differences) {
  const std::size_t documents = differences.front().size();
  btx::DocumentPairs pairs{std::vector<double>(documents),
                           std::vector<double>(documents, 800.0)};
  std::vector<double> by_seed;
  for (const auto& row : differences) {
    by_seed.push_back(btx::mean_of(row) / 800);
    for (std::size_t d = 0; d < documents; ++d) {
      pairs.difference[d] += row[d] / static_cast<double>(differences.size());
    }
  }
  const auto over_seeds = *btx::paired_spread(by_seed);
  const auto over_documents = btx::document_spread(std::vector{pairs});
  return {btx::t_interval(over_seeds, kLevel),
          btx::t_interval(btx::crossed(over_seeds, over_documents), kLevel)};
}

}  // namespace

TEST_CASE("A against A: intervals over seeds and documents err in at most 5 % of the cases") {
  for (const auto& [seeds, documents] :
       std::vector<std::pair<int, int>>{{2, 5}, {3, 10}, {3, 40}, {5, 20}, {5, 100}}) {
    int over_seeds = 0, over_both = 0;
    for (int i = 0; i < kSimulations; ++i) {
      Numbers numbers("crossed", i);
      const auto found = crossed_intervals(crossed_differences(numbers, seeds, documents));
      over_seeds += excludes_zero(found.seeds) ? 1 : 0;
      over_both += excludes_zero(found.both) ? 1 : 0;
    }
    MESSAGE(seeds, " seeds x ", documents, " documents: over seeds ", over_seeds);
    btx_test::check_at_most_5_percent(over_both);
    if (seeds >= 3 && documents <= 20) CHECK(over_seeds > 2 * kSimulations / 20);
  }
}

// The bootstrap's interval is too narrow for few documents; a verdict needs the sign flips as well.
TEST_CASE("A against A: verdicts on documents err in at most 5 % of the cases, however few") {
  for (const Design design : std::vector<Design>{
           {1, 2}, {1, 3}, {1, 5}, {1, 7}, {3, 2}, {3, 3}, {3, 5}, {3, 10}, {3, 20}, {3, 40}}) {
    const Wrong wrong = count_wrong([&](Numbers& numbers) {
      return document_differences(numbers, design.domains, design.documents, 0);
    });
    MESSAGE(design.domains, " x ", design.documents, " documents: the interval excludes zero ",
            wrong.intervals);
    btx_test::check_at_most_5_percent(wrong.verdicts);
    const int documents = design.domains * design.documents;
    if (documents <= 5) CHECK(wrong.verdicts == 0);
    if (documents >= 60) CHECK(wrong.verdicts >= 30);
  }
}

TEST_CASE("A against A: verdicts on items err in at most 5 % of the cases, however few") {
  for (const int items : {2, 5, 8, 20, 100}) {
    CAPTURE(items);
    const Wrong wrong =
        count_wrong([&](Numbers& numbers) { return item_differences(numbers, items); });
    btx_test::check_at_most_5_percent(wrong.verdicts);
  }
}

TEST_CASE("a planted difference on documents is found") {
  int found = 0, of_few = 0;
  for (int i = 0; i < 100; ++i) {
    Numbers numbers("planted", i);
    const auto many = document_differences(numbers, 3, 40, -0.03);
    const auto interval = btx::paired_bootstrap(many, kLevel, 1, 2000);
    found += interval.high < 0 && interval.p < 0.05 ? 1 : 0;
    of_few += has_verdict(
                  btx::paired_bootstrap(document_differences(numbers, 3, 3, -0.1), kLevel, 1, 2000))
                  ? 1
                  : 0;
  }
  CHECK(found >= 95);
  CHECK(of_few >= 90);
}
