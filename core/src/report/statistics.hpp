#pragma once
// Intervals of paired differences, and what is left of their p-values when there are many.

#include <btx/export.hpp>

#include <optional>
#include <span>
#include <vector>

namespace btx {

/// A mean difference, the interval of it, and the two-sided p-value of "it is zero".
struct Interval {
  double mean = 0, low = 0, high = 0, p = 1;
};

/// A mean with its standard error, and on how many degrees of freedom that rests.
struct Spread {
  double mean = 0, error = 0, freedom = 0;
};

/// mean +- t * error, t the quantile of Student's distribution at (1 + level) / 2; p is two-sided.
/// Needs 0 < level < 1, an error above 0. Source: Student 1908, "The probable error of a mean".
/// [any]
BTX_EXPORT Interval t_interval(const Spread& spread, double level);

/// Of paired differences: error = sqrt((s^2 + step^2 / 12) / n), s the standard deviation with n -
/// 1 degrees of freedom. `step`: differences are its multiples, as those of accuracies are, or 0.
/// Differences that round to the same multiple need not be equal: step^2 / 12, the variance of what
/// rounding hides (Sheppard 1898), keeps their interval from having no width. Nothing for fewer
/// than two differences, or for equal ones without a step: what does not vary says nothing of how
/// it varies. [any]
BTX_EXPORT std::optional<Spread> paired_spread(std::span<const double> differences,
                                               double step = 0);

/// t_interval() of paired_spread(): the paired t interval.   [any]
BTX_EXPORT std::optional<Interval> paired_t(std::span<const double> differences, double level,
                                            double step = 0);

/// Of a mean over two factors that are crossed, as seeds and documents are, each spread that of one
/// of them with the other as it was: variances add up. That counts what depends on both of them
/// twice, so that intervals are rather too wide; degrees of freedom are the fewer of both.
/// Source: Cameron, Gelbach and Miller 2011, "Robust inference with multiway clustering", without
/// the term that they subtract.   [any]
BTX_EXPORT Spread crossed(const Spread& a, const Spread& b);

/// Holm's step-down: in order of size the i-th of m p-values becomes the largest (m - j + 1) p_j of
/// j <= i, at most 1. A family tested at adjusted p < alpha has an error rate of at most alpha,
/// whatever the dependence. Source: Holm 1979, "A simple sequentially rejective multiple test
/// procedure".   [any]
BTX_EXPORT std::vector<double> holm(const std::vector<double>& p);

/// Standard error of the share of right answers among independent items, by two right and two wrong
/// ones more: with p = (right + 2) / (items + 4) it is sqrt(p (1 - p) / (items + 4)), which is not
/// 0 where all are right or none is.
/// Source: Agresti and Coull 1998, "Approximate is better than 'exact' for interval estimation of
/// binomial proportions".   [any]
BTX_EXPORT double share_standard_error(double right, double items);

/// Standard error of sum(numerator) / sum(denominator) over independent items: of numerators 0 and
/// 1 over denominators 1 share_standard_error(), else the root of n / (n - 1) times the sum of
/// (numerator - ratio x denominator)^2, over the sum of denominators. NaN for one item, which says
/// nothing of others. Source: Cochran 1977, "Sampling techniques", section 6.4.   [any]
BTX_EXPORT double ratio_standard_error(std::span<const double> numerator,
                                       std::span<const double> denominator);

/// Mean, and standard deviation with n - 1 (0 for fewer than two).
BTX_EXPORT double mean_of(std::span<const double> values);
BTX_EXPORT double standard_deviation(std::span<const double> values);

}  // namespace btx
