#pragma once
// What a model scored on the evaluation sets, and the means over them.

#include "report/scores.hpp"
#include "report/text/text_table.hpp"

#include <btx/export.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace btx {

/// One metric of one set; a set has those that its task reports.
struct SetScore {
  std::string metric;
  double value = 0, standard_error = 0;  ///< NaN: of one item there is none
  bool lower_is_better = true;
};

/// One set; the first of its scores is the one that means are taken of.
struct SetResult {
  std::string name, task, split, licence, digest;
  std::vector<std::string> groups;
  std::int64_t items = 0, shots = 0;
  std::int64_t left_out = 0;  ///< lines of the file: choices without their question
  std::vector<SetScore> scores;
};

/// A mean over sets with the standard error that independent sets give it.
struct SetMean {
  std::string name;  ///< of the group; "mean" for all sets that have one
  double value = 0, standard_error = 0;
};

/// The sets of a mean.
struct SetGroup {
  std::string name;  ///< of the group; "mean" for all sets that have one
  std::vector<std::string> sets;
};

/// Out of scores.json, as an evaluate stage writes it.
BTX_EXPORT std::vector<SetResult> set_results(const ModelScores& scores);

/// The sets of each group, and all sets with a group, as in the paper's Tables 2 and 3 (there the
/// mean over the twelve tasks, not over groups). Sets whose first score is better when lower are
/// left out. Nothing if no set has a group.
BTX_EXPORT std::vector<SetGroup> set_groups(const std::vector<SetResult>& results);

/// The mean of each of set_groups(), each set alike.
BTX_EXPORT std::vector<SetMean> set_means(const std::vector<SetResult>& results);

/// A row a set, of one model: its scores with standard errors; shares as percentages.
BTX_EXPORT TextRows set_rows(const std::vector<SetResult>& results);

/// Names of scores beside the first that every set has.
BTX_EXPORT std::vector<std::string> shared_metrics(const std::vector<SetResult>& results);

/// A model as a row of model_set_rows().
struct ModelSets {
  std::string model;
  std::vector<SetResult> results;
};

/// A row a model, a column a set that has this metric, best marked; "": each set's first score,
/// with the means.
BTX_EXPORT TextRows model_set_rows(const std::vector<ModelSets>& models, const std::string& metric);

/// Where the sets come from, a line each: task, shots, items, split, licence, digest.
BTX_EXPORT std::vector<std::string> set_notes(const std::vector<SetResult>& results);

}  // namespace btx
