// Models to compare with, and how much they are trained.
#include "model/layout.hpp"
#include "pipeline/graph_builder.hpp"
#include "pipeline/store.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <cmath>

namespace btx {
namespace {

/// Tokens in whole steps.
std::int64_t whole_steps(double tokens, const TrainConfig& train) {
  const auto batch = static_cast<double>(train.batch_tokens);
  return train.batch_tokens *
         std::max<std::int64_t>(1, static_cast<std::int64_t>(std::llround(tokens / batch)));
}

/// Adds a stage's tokens to `total`, spread over its domains by weight.
void add_tokens_of(const TrainConfig& stage, TrainConfig& total) {
  double weights = 0;
  for (const auto& [domain, weight] : stage.data) weights += weight;
  for (const auto& [domain, weight] : stage.data) {
    total.data[domain] += static_cast<double>(stage.tokens) * weight / weights;
  }
  total.tokens += stage.tokens;
}

}  // namespace

void GraphBuilder::add_baseline(const ResolvedBaseline& baseline) {
  const std::string name = "baseline/" + baseline.name;
  NamedModels inputs = {{{"seed", "", "seed"}, models_.at("seed")}};
  if (!baseline.from_seed) {
    inputs = expert_models(baseline.mix ? baseline.mix->include_seed_expert
                                        : baseline.ensemble->include_seed_expert);
  }
  PlannedModel model = models_.at("seed");
  const bool trained = baseline.match != "none" || baseline.train.tokens > 0;
  if (baseline.mix)
    model = add_mix(name + (trained ? "/mix" : ""), *baseline.mix, inputs,
                    {"baseline", baseline.name, "mix"});
  if (baseline.ensemble) model = add_ensemble(name, *baseline.ensemble, inputs);
  if (trained) {
    const auto all = phases(baseline, model);
    if (all.empty()) {
      graph_.deferred.push_back(name);
      return;
    }
    for (const auto& [phase, train] : all) {
      model = add_training(phase.empty() ? name : name + "/" + phase, model, train,
                           {"baseline", baseline.name, "train"});
    }
  }
  models_[baseline.name] = model;
}

/// The stages whose tokens, FLOPs or time a baseline is given: what the mixture cost beyond the
/// seed.
std::vector<std::string> GraphBuilder::reference_stages() const {
  std::vector<std::string> names;
  for (const auto& expert : r_.experts) {
    if (expert.import.empty()) names.push_back("expert/" + expert.name);
  }
  if (r_.finetune) names.emplace_back("finetune");
  return names;
}

/// Name and settings of each training stage; none while a measured time is not known yet.
std::vector<std::pair<std::string, TrainConfig>> GraphBuilder::phases(
    const ResolvedBaseline& baseline, const PlannedModel& start) {
  TrainConfig train = baseline.train;
  if (baseline.match == "none") return {{"", train}};
  if (r_.finetune) train.data = r_.finetune->data;
  if (baseline.match == "data") {
    TrainConfig first = baseline.train;
    first.data.clear();
    for (const auto& expert : r_.experts) {
      if (expert.import.empty()) add_tokens_of(expert.train, first);
    }
    if (!r_.finetune) return {{"", first}};
    train.tokens = r_.finetune->tokens;
    if (first.tokens == 0) return {{"", train}};
    return {{"experts", first}, {"", train}};
  }
  double flops = 0;
  double seconds = 0;
  double like_tokens = 0;
  double like_seconds = 0;
  const Store store{fs::path(recipe_.run.store)};
  for (const auto& name : reference_stages()) {
    const Stage& stage = graph_.find(name);
    flops += stage.estimate.flops;
    if (baseline.match != "device_time") continue;
    const auto measured = measured_seconds(store, stage);
    if (!measured) return {};
    seconds += *measured;
    // A stage of the same architecture shows what a token costs.
    if ((name == "finetune") != (start.config.num_experts() > 0)) continue;
    like_tokens += stage.estimate.tokens;
    like_seconds += *measured;
  }
  const double tokens =
      baseline.match == "flops"
          ? flops / training_flops_per_token(start.config, start.experts_per_token,
                                             train.sequence_in(start.config.context))
          : seconds * like_tokens / like_seconds;
  train.tokens = whole_steps(tokens, train);
  return {{"", train}};
}

}  // namespace btx
