#pragma once
// One model against another, on the same documents and under the same seeds.

#include "report/difference/document_pairs.hpp"
#include "report/run_comparison.hpp"

#include <map>
#include <string>
#include <vector>

namespace btx {

/// One metric of one model: the score of each domain.
using MetricScores = std::map<std::string, DomainScore>;

/// A model and the baseline in a pair of runs with the same seeds.
struct ScorePair {
  const MetricScores* model;
  const MetricScores* baseline;
  std::string keys;  ///< of the stages that made the two
};

/// Enough resamples that the smallest p-value there is can pass Holm's correction over this many
/// rows.
int resamples_for(std::size_t rows, double level);

/// Difference and both intervals; pairs of the same two stages count once. The bootstrap's
/// documents have the mean of their differences over pairs.
ModelDifference difference_of(std::vector<ScorePair> pairs, double level, int resamples);

/// Fills adjusted_p and verdict of every row that has a difference.
void decide(MetricComparison& table, double level);

/// What the tables do not say themselves.
std::vector<std::string> comparison_notes(const RunComparison& comparison, const ScoredRun& first);

}  // namespace btx
