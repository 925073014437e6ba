// The standard error of a share: its closed form, and how often it reaches the truth.
#include "report/statistics.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace {

/// The probability of `right` right answers of `items`.
double binomial(int right, int items, double p) {
  const double ways =
      std::lgamma(items + 1) - std::lgamma(right + 1) - std::lgamma(items - right + 1);
  return std::exp(ways + right * std::log(p) + (items - right) * std::log1p(-p));
}

/// The probability that the true share lies within 1.96 errors of the one that is found.
template <class Error>
double coverage(int items, double p, const Error& error) {
  double covered = 0;
  for (int right = 0; right <= items; ++right) {
    const double share = static_cast<double>(right) / items;
    if (std::abs(share - p) <= 1.96 * error(right, items)) covered += binomial(right, items, p);
  }
  return covered;
}

struct Coverage {
  double worst = 1, mean = 0;
};

/// Over true shares from one right answer in two tests of this size to one half.
template <class Error>
Coverage coverage(int items, const Error& error) {
  Coverage all;
  const int shares = items - 1;
  for (int i = 1; i <= shares; ++i) {
    const double covered = coverage(items, 0.5 * (i + 1) / items, error);
    all.worst = std::min(all.worst, covered);
    all.mean += covered / shares;
  }
  return all;
}

double without_additions(double right, double items) {
  const double share = right / items;
  return std::sqrt(share * (1 - share) / (items - 1));
}

}  // namespace

TEST_CASE("the standard error of a share is Agresti and Coull's") {
  // Two right and two wrong ones more: 2 of 104, 52 of 104, 102 of 104.
  CHECK(btx::share_standard_error(0, 100) ==
        doctest::Approx(std::sqrt(2.0 * 102) / std::pow(104, 1.5)));
  CHECK(btx::share_standard_error(50, 100) == doctest::Approx(0.5 / std::sqrt(104.0)));
  CHECK(btx::share_standard_error(100, 100) == doctest::Approx(btx::share_standard_error(0, 100)));
  const std::vector<double> ones(3, 1.0), none(3, 0.0), one = {0, 1, 0};
  CHECK(btx::ratio_standard_error(none, ones) == btx::share_standard_error(0, 3));
  CHECK(btx::ratio_standard_error(ones, ones) == btx::share_standard_error(3, 3));
  CHECK(btx::ratio_standard_error(one, ones) == btx::share_standard_error(1, 3));
  // Bits of documents of one byte are no shares.
  CHECK(btx::ratio_standard_error(std::vector<double>{2, 2}, std::vector<double>{1, 1}) == 0);
}

TEST_CASE("twice the standard error of a share reaches the truth about as often as it says") {
  for (const int items : {50, 100, 500}) {
    const Coverage now = coverage(items, btx::share_standard_error);
    const Coverage before = coverage(items, without_additions);
    MESSAGE(items, " items: ", now.worst, " at worst, ", now.mean, " in the mean; without the ",
            "additions ", before.worst, ", ", before.mean);
    CHECK(now.worst > 0.91);
    CHECK(now.mean > 0.94);
    CHECK(now.mean < 0.96);
    CHECK(before.worst < 0.65);
  }
}
