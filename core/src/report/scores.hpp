#pragma once
// scores.json: what an evaluate stage found out about one model. Reports read it.

#include "eval/evaluation_set.hpp"

#include <btx/params.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace btx {

inline constexpr const char* kScores = "scores.json";

/// One metric of one task on one domain or evaluation set: sum(numerator) / sum(denominator) over
/// its documents or items.
struct ScoreRow {
  std::string task, metric;
  std::optional<std::string> domain, set;  ///< one of them
  bool primary = false;                    ///< the task's first metric
  double value = 0;
  std::optional<double> standard_error;  ///< none of a single item
  std::optional<double> draw_error;      ///< of the mean over draws, for a router that draws
  bool lower_is_better = true;
  std::vector<double> numerator, denominator;

  void fields(Fields& f) {
    f("task", task, "task plugin", {.required = true});
    f("metric", metric, "name of the metric", {.required = true});
    f("domain", domain, "domain whose held-out text was scored");
    f("set", set, "evaluation set that was scored");
    f("primary", primary, "whether it is the task's first metric");
    f("value", value, "sum of the numerators / sum of the denominators", {.required = true});
    f("standard_error", standard_error, "over documents or items");
    f("draw_error", draw_error, "over draws of the router, of their mean");
    f("lower_is_better", lower_is_better, "which way is better");
    f("numerator", numerator, "of each document or item", {.required = true});
    f("denominator", denominator, "of each document or item", {.required = true});
  }
};

/// What a metric is called beside others: tasks may share the name of one, and a set's task may be
/// one of held-out text.
inline std::string metric_name(const ScoreRow& score) {
  return score.task == score.metric && !score.set ? score.metric : score.task + "/" + score.metric;
}

/// A mean over sets.
struct MeanScore {
  double value = 0;
  std::optional<double> standard_error;

  void fields(Fields& f) {
    f("value", value, "mean of the sets' first metrics");
    f("standard_error", standard_error, "of independent sets");
  }
};

/// What went to each expert at one routing site.
struct LayerCounts {
  std::string layer;                    ///< RoutingSite::name()
  std::vector<double> counts, weights;  ///< of slots, and the sum of their weights

  void fields(Fields& f) {
    f("layer", layer, "routing site");
    f("counts", counts, "slots of each expert");
    f("weights", weights, "sum of the weights of each expert's slots");
  }
};

/// How the text of a domain or a set was shared out among the experts.
struct DomainRouting {
  std::string domain;  ///< or evaluation set
  double tokens = 0;   ///< that went through each routing site
  std::vector<LayerCounts> layers;

  void fields(Fields& f) {
    f("domain", domain, "domain or evaluation set");
    f("tokens", tokens,
      "tokens that were routed: of documents each once, of items context and what "
      "follows it, and what was generated");
    f("layers", layers, "routing sites");
  }
};

/// An expert as the model's ExpertInfo has it.
struct ScoredExpert {
  std::string name, domain, group;

  void fields(Fields& f) {
    f("name", name, "name of the expert");
    f("domain", domain, "domain it was trained on");
    f("group", group, "experts cut from one model share it");
  }
};

/// What documents a domain lost to one evaluation set.
struct DroppedForSet {
  std::int64_t documents = 0, bytes = 0;

  void fields(Fields& f) {
    f("documents", documents, "documents that were dropped");
    f("bytes", bytes, "bytes of their text");
  }
};

/// What a domain lost because evaluation sets have the same text (split.decontaminate).
struct DroppedText : DroppedForSet {
  std::int64_t words = 0;  ///< of a run that counts as shared
  std::map<std::string, DroppedForSet> sets;

  void fields(Fields& f) {
    DroppedForSet::fields(f);
    f("words", words, "words of a run that counts as shared");
    f("sets", sets, "the same by set, of those that any was dropped for");
  }
};

/// How much of a domain's test text was scored.
struct ScoredSample {
  std::int64_t documents = 0, of_documents = 0, bytes = 0, of_bytes = 0;
  std::int64_t left_out = 0;  ///< documents beside these that some domain trains on
  std::string digest;         ///< of the text that was scored

  void fields(Fields& f) {
    f("documents", documents, "documents that were scored");
    f("of_documents", of_documents, "documents that they were drawn from");
    f("bytes", bytes, "bytes of text that were scored");
    f("of_bytes", of_bytes, "bytes of text that they were drawn from");
    f("left_out", left_out, "documents that were left out, as some domain trains on their text");
    f("text_digest", digest, "of the text that was scored");
  }
};

/// The whole file, one for each model that is compared.
struct ModelScores {
  std::int64_t parameters = 0;
  double active_parameters = 0;
  double experts_per_token = 1;       ///< counted over all that was scored and generated
  std::int64_t draws = 1;             ///< by the router, of which scores are means
  std::string device, dtype;          ///< it was computed on and in
  std::vector<ScoredExpert> experts;  ///< empty for dense models and ensembles
  std::vector<ScoreRow> scores;
  std::vector<SetFacts> sets;
  std::map<std::string, MeanScore> means;       ///< by group; "mean" over all
  std::map<std::string, ScoredSample> samples;  ///< of test documents, by domain
  std::optional<std::map<std::string, DroppedText>> decontaminated;  ///< by domain
  std::vector<DomainRouting> routing;
  std::optional<std::string> causal_substitute;  ///< of a mixture: "" if its own router scored

  void fields(Fields& f) {
    f("parameters", parameters, "parameters in all");
    f("active_parameters", active_parameters, "parameters that one token uses");
    f("experts_per_token", experts_per_token, "experts that a token ran through, counted");
    f("draws", draws, "draws of the router that scores are means over");
    f("device", device, "where it was computed");
    f("dtype", dtype, "type of activations and products");
    f("experts", experts, "experts of a mixture");
    f("scores", scores, "every metric of every domain and set", {.required = true});
    f("sets", sets, "evaluation sets");
    f("means", means, "means over the sets of a group, and over all");
    f("samples", samples, "how much of each domain's test text was scored");
    f("decontaminated", decontaminated, "what domains lost because of evaluation sets");
    f("routing", routing, "slots by expert");
    f("causal_substitute", causal_substitute, "what scored in the place of the mixture's router");
  }
};

}  // namespace btx
