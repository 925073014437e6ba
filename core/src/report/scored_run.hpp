#pragma once
// What `btx compare` reads of a run folder: the resolved recipe, every model's scores of every
// held-out document, what the models cost.

#include "report/comparison.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace btx {

/// One metric on one domain or evaluation set, document by document or item by item.
struct DomainScore {
  double value = 0;     ///< sum(numerator) / sum(denominator)
  double step = 0;      ///< values are multiples of it, as shares of so many items are; 0: any
  bool in_mean = true;  ///< of a metric; else only its own value is shown
  std::vector<double> numerator, denominator;
};

/// Of a task's metric, or of a mean over evaluation sets.
struct MetricFacts {
  bool lower_is_better = true;
  bool of_sets = false;  ///< on evaluation sets, not on held-out text
};

/// One model of a run, as the run's report and the model's evaluate stage say.
struct ScoredModel {
  std::string name;
  std::string key;  ///< of the stage that made it: what tells two results apart
  std::map<std::string, std::string> texts;  ///< digest of what was scored, by domain or set
  double parameters = 0, active_parameters = 0;
  Cost cost;                                                         ///< as in the run's own report
  std::vector<std::string> computed;                                 ///< on what, likewise
  std::map<std::string, std::map<std::string, DomainScore>> scores;  ///< [metric][domain or set]
};

/// The seeds of the training stages, with run.seed in the place of those that are not given.
struct SeedsInEffect {
  std::int64_t seed_model = 0, expert = 0, finetune = 0;
  bool operator==(const SeedsInEffect&) const = default;
};

/// A finished run: what comparisons start from. read_scored_run() fills it in.
struct ScoredRun {
  fs::path path;
  Value recipe;           ///< resolved
  std::int64_t seed = 0;  ///< run.seed
  SeedsInEffect seeds;
  std::vector<std::string> domains;
  std::vector<std::string> metrics;  ///< in the order of the recipe's tasks, then means over sets
  std::vector<std::string> unlike;   ///< metrics left out: its own models divide by other numbers
  std::map<std::string, MetricFacts> facts;  ///< by metric
  std::vector<ScoredModel> models;           ///< in the order of the report

  /// The model, or null.
  BTX_EXPORT const ScoredModel* find(const std::string& model) const;
};

/// Reads resolved.toml, the report and every model's scores. Throws btx::Error (usage) for a folder
/// that is not a run or whose run is not finished.
BTX_EXPORT ScoredRun read_scored_run(const fs::path& run);

/// Refuses what has no common ground: runs whose domains, metrics or held-out documents differ.
/// Documents and items are told apart by digests of their text, and by number and denominators
/// where a run has none. Throws btx::Error (usage) naming the runs and what differs.
BTX_EXPORT void check_comparable(const std::vector<ScoredRun>& runs);

}  // namespace btx
