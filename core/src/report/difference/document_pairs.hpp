#pragma once
// Documents that two models scored: what their scores say of other documents.

#include "report/statistics.hpp"

#include <btx/export.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace btx {

/// The held-out documents of one domain, or the items of one set, scored by two models: the
/// difference of their numerators (bits), and the denominators (bytes), which both have.
struct DocumentPairs {
  std::vector<double> difference, weight;
};

/// The mean over domains of sum(difference) / sum(weight).
BTX_EXPORT double mean_difference(std::span<const DocumentPairs> domains);

/// mean_difference() with its standard error over other documents of the domains: the variance of a
/// ratio, n / (n - 1) times the sum of (difference - ratio x weight)^2 over the square of the sum
/// of weights, added up over domains, with Satterthwaite's degrees of freedom. Needs two documents
/// a domain. Source: Cochran 1977, "Sampling techniques", section 6.4.   [any]
BTX_EXPORT Spread document_spread(std::span<const DocumentPairs> domains);

/// The smallest p that sign flips of these n documents of all domains can have: 2^(1 - n).
BTX_EXPORT double smallest_p(std::span<const DocumentPairs> domains);

/// Two-sided p of "it is chance which model got which of a document's two scores", by sign flips:
/// the share of resamples in which mean_difference() is as large as it is, counted as
/// (1 + number) / (B + 1), with the sign of every document's difference drawn anew; at least
/// smallest_p(). Exact for any number of documents, so that it errs no more often than it says.
/// A function of its arguments alone.
/// Sources: Fisher 1935, "The design of experiments", section 21; Noreen 1989,
/// "Computer-intensive methods for testing hypotheses" (approximate randomization).   [any]
BTX_EXPORT double sign_flip_p(std::span<const DocumentPairs> domains, std::uint64_t seed,
                              int resamples = 10'000);

/// Paired bootstrap: documents are drawn again with replacement, both models' scores of a document
/// together, within each domain; the interval is between the order statistics k and B + 1 - k of
/// the B values of mean_difference(), k = (B + 1)(1 - level) / 2. Of n documents n - 1 are drawn,
/// which makes the variance of the draws that of the mean without bias; n of n make it (n - 1) / n
/// of it. Of few documents the interval is too narrow all the same; p is therefore sign_flip_p().
/// A function of its arguments alone. Needs two documents a domain, B >= 2 / (1 - level).
/// Sources: Davison and Hinkley 1997, section 5.3 (order statistics); Rao and Wu 1988,
/// "Resampling inference with complex survey data" (n - 1); Koehn 2004 (pairs).   [any]
BTX_EXPORT Interval paired_bootstrap(std::span<const DocumentPairs> domains, double level,
                                     std::uint64_t seed, int resamples = 10'000);

}  // namespace btx
