#pragma once
// Intervals of paired differences, and what is left of their p-values when there are many.

#include <btx/export.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace btx {

/// A mean difference, the interval of it, and the two-sided p-value of "it is zero".
struct Interval {
  double mean = 0, low = 0, high = 0, p = 1;
};

/// Paired t: mean +- t * s / sqrt(n), s the standard deviation with n - 1 and t the quantile of
/// Student's distribution with n - 1 degrees of freedom at (1 + level) / 2. Differences that are
/// all equal have an interval of no width, and p = 0 (1 if they are zero). Needs n >= 2, 0 < level
/// < 1. Source: Student 1908, "The probable error of a mean".   [any]
BTX_EXPORT Interval paired_t(std::span<const double> differences, double level);

/// The held-out documents of one domain, scored by two models: the difference of their numerators
/// (bits), and the denominators (bytes), which both have.
struct DocumentPairs {
  std::vector<double> difference, weight;
};

/// The mean over domains of sum(difference) / sum(weight).
BTX_EXPORT double mean_difference(std::span<const DocumentPairs> domains);

/// Paired bootstrap: documents are drawn again with replacement, both models' scores of a document
/// together, within each domain; the interval is between the order statistics k and B + 1 - k of
/// the B values of mean_difference(), k = (B + 1)(1 - level) / 2; p is twice the smaller share of
/// them on one side of zero, counted as (1 + number) / (B + 1). Of n documents n - 1 are drawn,
/// which makes the variance of the draws that of the mean without bias; n of n make it (n - 1) / n
/// of it, and the interval too narrow for few documents. A function of its arguments alone.
/// Needs two documents a domain, B >= 2 / (1 - level).
/// Sources: Davison and Hinkley 1997, sections 4.4 and 5.3 (order statistics, p); Rao and Wu 1988,
/// "Resampling inference with complex survey data" (n - 1); Koehn 2004 (pairs).   [any]
BTX_EXPORT Interval paired_bootstrap(std::span<const DocumentPairs> domains, double level,
                                     std::uint64_t seed, int resamples = 10'000);

/// Holm's step-down: in order of size the i-th of m p-values becomes the largest (m - j + 1) p_j of
/// j <= i, at most 1. A family tested at adjusted p < alpha has an error rate of at most alpha,
/// whatever the dependence. Source: Holm 1979, "A simple sequentially rejective multiple test
/// procedure".   [any]
BTX_EXPORT std::vector<double> holm(const std::vector<double>& p);

/// Standard error of sum(numerator) / sum(denominator) over independent items: the root of
/// n / (n - 1) times the sum of (numerator - ratio x denominator)^2, over the sum of denominators;
/// for denominators of 1 that of a mean. NaN for one item, which says nothing of others.
/// Source: Cochran 1977, "Sampling techniques", section 6.4.   [any]
BTX_EXPORT double ratio_standard_error(std::span<const double> numerator,
                                       std::span<const double> denominator);

/// Mean, and standard deviation with n - 1 (0 for fewer than two).
BTX_EXPORT double mean_of(std::span<const double> values);
BTX_EXPORT double standard_deviation(std::span<const double> values);

}  // namespace btx
