#include "report/statistics.hpp"

#include <doctest/doctest.h>

#include <cmath>

using btx::Interval;

TEST_CASE("the paired t interval is the textbook's") {
  // Student's sleep data (1908): extra hours of the second drug over the first, ten patients.
  const std::vector<double> sleep = {1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4};
  const Interval interval = btx::paired_t(sleep, 0.95);
  CHECK(interval.mean == doctest::Approx(1.58));
  CHECK(interval.low == doctest::Approx(0.7001142).epsilon(1e-6));
  CHECK(interval.high == doctest::Approx(2.4598858).epsilon(1e-6));
  CHECK(interval.p == doctest::Approx(0.00283289).epsilon(1e-5));
}

TEST_CASE("two differences have one degree of freedom, whose quantiles are tangents") {
  const std::vector<double> pair = {1.0, 3.0};
  const Interval interval = btx::paired_t(pair, 0.5);
  CHECK(interval.low == doctest::Approx(2 - std::tan(std::acos(-1.0) / 4)));
  CHECK(interval.high == doctest::Approx(3.0));
  CHECK(interval.p == doctest::Approx(1 - 2 * std::atan(2.0) / std::acos(-1.0)));
}

TEST_CASE("differences that do not vary leave no doubt") {
  const std::vector<double> same(4, 0.25), none(4, 0.0);
  CHECK(btx::paired_t(same, 0.95).low == 0.25);
  CHECK(btx::paired_t(same, 0.95).high == 0.25);
  CHECK(btx::paired_t(same, 0.95).p == 0);
  CHECK(btx::paired_t(none, 0.95).p == 1);
}

TEST_CASE("Holm's adjustment of four p-values, by hand") {
  // Sorted 0.005, 0.01, 0.03, 0.04 times 4, 3, 2, 1: 0.02, 0.03, 0.06, and 0.04 raised to 0.06.
  const auto adjusted = btx::holm({0.01, 0.04, 0.03, 0.005});
  CHECK(adjusted[0] == doctest::Approx(0.03));
  CHECK(adjusted[1] == doctest::Approx(0.06));
  CHECK(adjusted[2] == doctest::Approx(0.06));
  CHECK(adjusted[3] == doctest::Approx(0.02));
  CHECK(btx::holm({0.7, 0.8}) == std::vector<double>{1.0, 1.0});
  CHECK(btx::holm({}).empty());
}

TEST_CASE("the mean difference weighs documents by their bytes and domains alike") {
  const std::vector<btx::DocumentPairs> domains = {{{1.0, 2.0}, {10.0, 20.0}}, {{6.0}, {20.0}}};
  CHECK(btx::mean_difference(domains) == doctest::Approx((0.1 + 0.3) / 2));
}

TEST_CASE("the bootstrap draws n - 1 documents, within each domain") {
  // Of two documents one is drawn: each value of the domain with probability 1/2, and of two such
  // domains the mean is 0, 1/2 or 1 (1/4, 1/2, 1/4).
  const std::vector<btx::DocumentPairs> domains(2, {{0.0, 1.0}, {1.0, 1.0}});
  const Interval interval = btx::paired_bootstrap(domains, 0.95, 1);
  CHECK(interval.mean == 0.5);
  CHECK(interval.low == 0);
  CHECK(interval.high == 1);
  CHECK(interval.p == doctest::Approx(0.5).epsilon(0.05));
}

TEST_CASE("the bootstrap interval of many documents is that of the normal distribution") {
  btx::DocumentPairs documents;
  for (int i = 0; i < 1000; ++i) {
    documents.difference.push_back(i % 2 == 0 ? 3.0 : -1.0);  // mean 1, deviation 2
    documents.weight.push_back(1.0);
  }
  const std::vector<btx::DocumentPairs> domains = {documents};
  const Interval interval = btx::paired_bootstrap(domains, 0.95, 7);
  const double reach = 1.959964 * 2 / std::sqrt(1000.0);
  CHECK(interval.low == doctest::Approx(1 - reach).epsilon(0.01));
  CHECK(interval.high == doctest::Approx(1 + reach).epsilon(0.01));
  CHECK(interval.p == doctest::Approx(2.0 / 10'001));
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
  const std::vector<btx::DocumentPairs> same = {{{0, 0, 0}, {1, 2, 3}}};
  CHECK(btx::paired_bootstrap(same, 0.9, 3).p == 1);
}
