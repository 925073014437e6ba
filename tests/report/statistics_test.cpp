#include "report/statistics.hpp"

#include <doctest/doctest.h>

#include <cmath>

using btx::Interval;

TEST_CASE("the paired t interval is the textbook's") {
  // Student's sleep data (1908): extra hours of the second drug over the first, ten patients.
  const std::vector<double> sleep = {1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4};
  const Interval interval = *btx::paired_t(sleep, 0.95);
  CHECK(interval.mean == doctest::Approx(1.58));
  CHECK(interval.low == doctest::Approx(0.7001142).epsilon(1e-6));
  CHECK(interval.high == doctest::Approx(2.4598858).epsilon(1e-6));
  CHECK(interval.p == doctest::Approx(0.00283289).epsilon(1e-5));
}

TEST_CASE("two differences have one degree of freedom, whose quantiles are tangents") {
  const std::vector<double> pair = {1.0, 3.0};
  const Interval interval = *btx::paired_t(pair, 0.5);
  CHECK(interval.low == doctest::Approx(2 - std::tan(std::acos(-1.0) / 4)));
  CHECK(interval.high == doctest::Approx(3.0));
  CHECK(interval.p == doctest::Approx(1 - 2 * std::atan(2.0) / std::acos(-1.0)));
}

TEST_CASE("differences that do not vary say nothing of how they vary") {
  CHECK_FALSE(btx::paired_t(std::vector<double>(4, 0.25), 0.95).has_value());
  CHECK_FALSE(btx::paired_t(std::vector<double>(4, 0.0), 0.95).has_value());
  CHECK_FALSE(btx::paired_t(std::vector<double>{0.25}, 0.95).has_value());
  // Equal but for the order of summation.
  const double sum = 0.1 + 0.2 + 0.3, other = 0.3 + 0.2 + 0.1;
  REQUIRE(sum != other);
  CHECK_FALSE(btx::paired_t(std::vector<double>{sum, other}, 0.95).has_value());
}

TEST_CASE("equal multiples of a step have the interval of what rounding hides") {
  // s = 0, error = 0.01 / sqrt(12 x 2), t = 0.02 / error; of one degree of freedom.
  const std::vector<double> equal = {0.02, 0.02};
  const Interval interval = *btx::paired_t(equal, 0.5, 0.01);
  const double error = 0.01 / std::sqrt(24.0);
  CHECK(interval.low == doctest::Approx(0.02 - error));
  CHECK(interval.high == doctest::Approx(0.02 + error));
  CHECK(interval.p == doctest::Approx(1 - 2 * std::atan(0.02 / error) / std::acos(-1.0)));
  CHECK(btx::paired_t(std::vector<double>(3, 0.0), 0.95, 0.01)->p == 1);
}

TEST_CASE("variances of crossed factors add up, degrees of freedom are the fewer of both") {
  const btx::Spread both = btx::crossed({0.5, 3, 4}, {0.5, 4, 9});
  CHECK(both.mean == 0.5);
  CHECK(both.error == doctest::Approx(5));
  CHECK(both.freedom == 4);
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
