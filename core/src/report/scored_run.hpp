#pragma once
// What `btx compare` reads of a run folder: the resolved recipe, every model's scores of every
// held-out document, what the models cost.

#include "report/comparison.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace btx {

/// One task's metric on one domain or evaluation set, document by document or item by item.
struct DomainScore {
  double value = 0;  ///< sum(numerator) / sum(denominator)
  std::vector<double> numerator, denominator;
};

struct ScoredModel {
  std::string name;
  double parameters = 0, active_parameters = 0;
  Cost cost;                                                         ///< as in the run's own report
  std::map<std::string, std::map<std::string, DomainScore>> scores;  ///< [metric][domain or set]
};

/// The seeds of the training stages, with run.seed in the place of those that are not given.
struct SeedsInEffect {
  std::int64_t seed_model = 0, expert = 0, finetune = 0;
  bool operator==(const SeedsInEffect&) const = default;
};

struct ScoredRun {
  fs::path path;
  Value recipe;  ///< resolved
  std::int64_t seed = 0;
  SeedsInEffect seeds;
  std::vector<std::string> domains;
  std::vector<std::string> metrics;  ///< in the order of the recipe's tasks
  std::map<std::string, bool> lower_is_better;
  std::vector<ScoredModel> models;  ///< in the order of the report

  /// The model, or null.
  BTX_EXPORT const ScoredModel* find(const std::string& model) const;
};

/// Reads resolved.toml, stages/report and stages/evaluate-*. Throws btx::Error (usage) for a folder
/// that is no run or whose run is not finished.
BTX_EXPORT ScoredRun read_scored_run(const fs::path& run);

/// Refuses what has no common ground: runs whose domains, metrics or held-out documents differ.
/// Documents are told apart by their number and denominators. Throws btx::Error (usage) naming the
/// runs and what differs.
BTX_EXPORT void check_comparable(const std::vector<ScoredRun>& runs);

}  // namespace btx
