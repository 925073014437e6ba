#include "report/difference/document_pairs.hpp"

#include <doctest/doctest.h>

#include <cmath>

using btx::Interval;

TEST_CASE("the mean difference weighs documents by their bytes and domains alike") {
  const std::vector<btx::DocumentPairs> domains = {{{1.0, 2.0}, {10.0, 20.0}}, {{6.0}, {20.0}}};
  CHECK(btx::mean_difference(domains) == doctest::Approx((0.1 + 0.3) / 2));
}

TEST_CASE("the error over documents is a ratio's, by hand") {
  // Ratios 0.1 and 0.3; deviations from ratio x weight -1, 1 and 2, -2; of two documents 2 / 1
  // times their squares 2 and 8 over the squared sums of weights 20 and 20.
  const std::vector<btx::DocumentPairs> domains = {{{0.0, 2.0}, {10.0, 10.0}},
                                                   {{5.0, 1.0}, {10.0, 10.0}}};
  const btx::Spread spread = btx::document_spread(domains);
  CHECK(spread.mean == doctest::Approx(0.2));
  const double first = 2 * 2 / 400.0, second = 2 * 8 / 400.0;
  CHECK(spread.error == doctest::Approx(std::sqrt(first + second) / 2));
  CHECK(spread.freedom ==
        doctest::Approx(std::pow(first + second, 2) / (first * first + second * second)));
}

TEST_CASE("the bootstrap draws n - 1 documents, within each domain") {
  // Of two documents one is drawn: each value of the domain with probability 1/2, and of two such
  // domains the mean is 0, 1/2 or 1 (1/4, 1/2, 1/4).
  const std::vector<btx::DocumentPairs> domains(2, {{0.0, 1.0}, {1.0, 1.0}});
  const Interval interval = btx::paired_bootstrap(domains, 0.95, 1);
  CHECK(interval.mean == 0.5);
  CHECK(interval.low == 0);
  CHECK(interval.high == 1);
}

TEST_CASE("the bootstrap interval of many documents is that of the normal distribution") {
  btx::DocumentPairs documents;
  for (int i = 0; i < 1000; ++i) {
    documents.difference.push_back(i % 2 == 0 ? 3.0 : -1.0);  // mean 1, deviation 2
    documents.weight.push_back(1.0);
  }
  const std::vector<btx::DocumentPairs> domains = {documents};
  const Interval interval = btx::paired_bootstrap(domains, 0.95, 7);
  CHECK(interval.p == doctest::Approx(1.0 / 10'001));
  const double reach = 1.959964 * 2 / std::sqrt(1000.0);
  CHECK(interval.low == doctest::Approx(1 - reach).epsilon(0.01));
  CHECK(interval.high == doctest::Approx(1 + reach).epsilon(0.01));
}

TEST_CASE("the bootstrap is a function of its arguments") {
  const std::vector<btx::DocumentPairs> domains = {{{1, -2, 3, -4, 5}, {2, 3, 4, 5, 6}}};
  const Interval one = btx::paired_bootstrap(domains, 0.9, 3);
  const Interval again = btx::paired_bootstrap(domains, 0.9, 3);
  CHECK(one.low == again.low);
  CHECK(one.high == again.high);
  CHECK(one.p == again.p);
  CHECK(one.low < one.mean);
  CHECK(one.mean < one.high);
}

TEST_CASE("sign flips of few documents, counted by hand") {
  // Of +-1 +-2 +-4 two of eight, 7 and -7, are as large as 7; of 1 + 2 - 4 = -1 all are.
  const std::vector<btx::DocumentPairs> one_side = {{{1, 2, 4}, {1, 1, 1}}};
  CHECK(btx::sign_flip_p(one_side, 1) == doctest::Approx(0.25).epsilon(0.05));
  const std::vector<btx::DocumentPairs> both_sides = {{{1, 2, -4}, {1, 1, 1}}};
  CHECK(btx::sign_flip_p(both_sides, 1) == 1);
  // Domains weigh alike: +-1/10 +-1/2, of which two of four are as large as 3/5.
  const std::vector<btx::DocumentPairs> two = {{{1}, {10}}, {{2}, {4}}};
  CHECK(btx::sign_flip_p(two, 1) == doctest::Approx(0.5).epsilon(0.05));
}

TEST_CASE("p is at least that of all signs alike, and 1 where nothing differs") {
  for (const std::size_t count : {2U, 5U, 11U}) {
    const std::vector<double> ones(count, 1.0);
    const std::vector<btx::DocumentPairs> domains = {{ones, ones}};
    const double least = 2 * std::pow(0.5, count);
    CHECK(btx::smallest_p(domains) == doctest::Approx(least));
    CHECK(btx::sign_flip_p(domains, 1) >= least);
    CHECK(btx::sign_flip_p(domains, 1) <= 1.3 * least + 1e-4);
  }
  CHECK(btx::smallest_p(std::vector<btx::DocumentPairs>(3, {{1, 1}, {1, 1}})) == 1 / 32.0);
  const std::vector<btx::DocumentPairs> same = {{{0, 0, 0}, {1, 2, 3}}};
  CHECK(btx::sign_flip_p(same, 3) == 1);
  CHECK(btx::paired_bootstrap(same, 0.9, 3).p == 1);
}

// Three tenths and six twentieths are not equal in binary.
TEST_CASE("sums that are equal but for their rounding count as equal") {
  const std::vector<btx::DocumentPairs> domains = {{{0.1, 0.2, 0.3, -0.6}, {1, 1, 1, 1}}};
  CHECK(btx::sign_flip_p(domains, 1) == 1);
  const std::vector<btx::DocumentPairs> shares = {{{1, 1, 1, 0}, {1, 1, 1, 1}},
                                                  {{1, 1, 1}, {1, 1, 1}}};
  CHECK(btx::sign_flip_p(shares, 1) == doctest::Approx(1 / 32.0).epsilon(0.25));
}
