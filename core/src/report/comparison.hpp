#pragma once
// What a run's report is made of, gathered from the artifacts of its stages.

#include "base/file.hpp"
#include "config/value.hpp"
#include "recipe/schema/baseline.hpp"
#include "report/scores.hpp"
#include "report/set_scores.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace btx {

/// A training stage, and those among the others of its list that it had to wait for.
struct TrainedStage {
  std::string name;
  std::vector<std::string> after;

  void fields(Fields& f) {
    f("name", name, "name of the stage");
    f("after", after, "training stages that it waits for");
  }
};

/// A model that was trained elsewhere; 0: not known.
struct ImportedModel {
  std::string name;
  double tokens = 0, flops = 0;

  void fields(Fields& f) {
    f("name", name, "name of the model");
    f("tokens", tokens, "tokens it was trained on");
    f("flops", flops, "floating-point operations of its training");
  }
};

/// A model that a report compares.
struct ComparedModelStages {
  std::string name, stage;
  std::vector<TrainedStage> training;   ///< that it rests on, but the seed's, in order
  std::vector<ImportedModel> imported;  ///< that it rests on, but the seed
  Match match = Match::none;
  std::vector<std::string> matched;            ///< training stages that it was matched with
  std::vector<ImportedModel> matched_imports;  ///< imported experts, likewise

  void fields(Fields& f) {
    f("name", name, "name of the model");
    f("stage", stage, "stage that makes it");
    f("training", training, "training stages that it rests on, but the seed's");
    f("imported", imported, "imported models that it rests on, but the seed");
    f("match", match, "which part of the cost of `matched` it was given");
    f("matched", matched, "training stages that it was matched with");
    f("matched_imports", matched_imports, "imported experts that it was matched with");
  }
};

/// What a report compares.
struct ComparedModels {
  std::string title;
  std::vector<std::string> domains;
  std::vector<ComparedModelStages> models;

  void fields(Fields& f) {
    f("title", title, "title of the report");
    f("domains", domains, "domains of the recipe");
    f("models", models, "models, in order");
  }
};

/// What of a domain's or a set's text went to each expert, routing site by routing site; also the
/// mean over the sets of a group.
struct RoutingTable {
  std::string domain;                        ///< or set, or "mean of GROUP"
  std::vector<std::string> layers;           ///< [site] RoutingSite::name()
  std::vector<std::vector<double>> slots;    ///< [site][expert] shares of slots; a row sums to 1
  std::vector<std::vector<double>> weights;  ///< [site][expert] shares of their weights, likewise
};

/// What training cost.
struct Cost {
  double tokens = 0, flops = 0;
  double seconds = 0;  ///< of devices, summed over stages
  double wall = 0;     ///< seconds with stages that do not wait for each other side by side
};

/// One model of the comparison.
struct ModelRow {
  std::string name;
  std::int64_t parameters = 0;
  double active_parameters = 0;
  Cost cost;                                ///< of every training stage it rests on but the seed's
  std::vector<std::string> unknown_costs;   ///< imported models of which no cost is known
  Match match = Match::none;                ///< which part of the cost was made that of `matched`
  Cost matched;                             ///< what it was matched with
  std::vector<std::string> computed;        ///< on what, with all that it is made from; sorted
  std::string causal_substitute;            ///< what its router did instead of looking ahead
  std::int64_t draws = 1;                   ///< by its router, of which scores are means
  double draw_error = 0;                    ///< the largest of its scores, of the draws alone
  std::vector<std::vector<double>> scores;  ///< [metric][domain]; NaN where there is none
  std::vector<double> means;                ///< [metric], over domains
  std::vector<std::string> experts;         ///< names; empty for dense models and ensembles
  std::vector<RoutingTable> routing;        ///< empty for dense models
  std::vector<SetResult> sets;              ///< evaluation sets, the same ones for every model
};

/// All that a report shows: report.txt, .md, .html and .json are forms of it.
struct Comparison {
  std::string title;
  std::vector<std::string> domains;
  std::vector<std::string> metrics;   ///< such as "accuracy"
  std::vector<bool> lower_is_better;  ///< [metric]
  std::vector<bool> alike;            ///< [metric] all models divide by the same numbers
  std::vector<ModelRow> models;
  std::map<std::string, ScoredSample> samples;  ///< of test documents, by domain
  /// What was dropped because of evaluation sets, by domain that was looked through.
  std::map<std::string, DroppedText> dropped;

  /// Whether a model is the best of a metric and a domain (or the mean, for domain =
  /// domains.size()); none is where the models are not alike.
  BTX_EXPORT bool is_best(std::size_t metric, std::size_t domain, std::size_t model) const;
};

/// `folder_of(role)` gives an artifact of the run: "evaluate/MODEL", "train/STAGE".
BTX_EXPORT Comparison gather_comparison(
    const ComparedModels& compared, const std::function<fs::path(const std::string&)>& folder_of);

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
