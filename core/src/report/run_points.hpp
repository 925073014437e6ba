#pragma once
// Runs that differ in their seeds alone are one point; points are named by what differs.

#include "report/scored_run.hpp"

#include <string>
#include <vector>

namespace btx {

/// Runs with the same settings, seeds aside.
struct RunPoint {
  std::string label;              ///< "router.type = top_k"; "" for a single point
  std::vector<std::size_t> runs;  ///< indices, no two with the same seeds
};

/// The points of all runs that are compared.
struct RunPoints {
  std::vector<RunPoint> points;    ///< in the order of their first runs
  std::vector<std::string> notes;  ///< keys that changed together with those in the labels
};

/// Groups runs by every key of the resolved recipe but run.name, run.dir, run.store, run.seed,
/// run.seeds.*, run.plugin_paths and sweep.*. A label has the first key of those that tell the same
/// points apart, and the keys that all points have before those that some lack.
/// Throws btx::Error (usage) for two runs of one point with the same seeds.
BTX_EXPORT RunPoints group_runs(const std::vector<ScoredRun>& runs);

/// A sentence: which seeds there are, and which stages they varied.
BTX_EXPORT std::string seeds_note(const std::vector<ScoredRun>& runs);

}  // namespace btx
