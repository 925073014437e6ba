#pragma once
// What a run's report is made of, gathered from the artifacts of its stages.

#include "base/file.hpp"
#include "recipe/value.hpp"
#include "report/dropped_text.hpp"
#include "report/set_scores.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace btx {

/// Share of a domain's slots that went to each expert, layer by layer.
struct RoutingTable {
  std::string domain;
  std::vector<std::string> layers;
  std::vector<std::vector<double>> shares;  ///< [mixture layer][expert]; a row sums to 1
};

/// What training cost.
struct Cost {
  double tokens = 0, flops = 0, seconds = 0;
};

/// One model of the comparison.
struct ModelRow {
  std::string name;
  std::int64_t parameters = 0;
  double active_parameters = 0;
  Cost cost;                                ///< of every training stage it rests on but the seed's
  std::string match = "none";               ///< which part of the cost was made that of `matched`
  Cost matched;                             ///< what it was matched with
  std::string causal_substitute;            ///< what its router did instead of looking ahead
  std::vector<std::vector<double>> scores;  ///< [metric][domain]; NaN where there is none
  std::vector<double> means;                ///< [metric], over domains
  std::vector<std::string> experts;
  std::vector<RoutingTable> routing;  ///< empty for dense models
  std::vector<SetResult> sets;        ///< evaluation sets, the same ones for every model
};

struct Comparison {
  std::string title;
  std::vector<std::string> domains;
  std::vector<std::string> metrics;  ///< such as "accuracy"
  std::vector<bool> lower_is_better;
  std::vector<ModelRow> models;
  /// Test documents of each domain that were not scored, as some domain trains on their text.
  std::vector<std::pair<std::string, std::int64_t>> left_out;
  /// What was dropped because of evaluation sets, for each domain that was looked through.
  std::vector<DroppedText> dropped;

  /// The best model's index for a metric and a domain (or the mean, for domain = domains.size()).
  BTX_EXPORT std::size_t best(std::size_t metric, std::size_t domain) const;
};

/// config: a report stage's; `folder_of(role)` gives an input's artifact.
BTX_EXPORT Comparison gather_comparison(
    const Value& config, const std::function<fs::path(const std::string&)>& folder_of);

BTX_EXPORT std::string to_text(const Comparison& comparison);  ///< for a terminal
BTX_EXPORT std::string to_markdown(const Comparison& comparison);
BTX_EXPORT std::string to_html(const Comparison& comparison);  ///< one file, nothing fetched
BTX_EXPORT Value to_value(const Comparison& comparison);       ///< for report.json

/// The rows of the tables about evaluation sets, with a heading each; none without sets.
std::vector<std::pair<std::string, TextRows>> set_tables(const Comparison& comparison);

/// What has to be said beside the tables, a sentence each: which costs count, how well matched
/// models match, what was scored otherwise than it was trained.
BTX_EXPORT std::vector<std::string> notes(const Comparison& comparison);

}  // namespace btx
