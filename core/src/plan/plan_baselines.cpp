// Models to compare with, and how much they are trained.
#include "base/text.hpp"
#include "config/config.hpp"
#include "config/package_path.hpp"
#include "pipeline/store.hpp"
#include "plan/planner.hpp"
#include "recipe/stage_names.hpp"
#include "report/train_summary.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace btx {
namespace {

/// Adds the tokens that a stage reads to those of each domain.
void add_domains(const TrainConfig& read, std::map<std::string, double>& tokens) {
  const auto all = static_cast<double>(read.tokens_read());
  double weights = 0;
  for (const auto& [domain, weight] : read.data) weights += weight;
  for (const auto& [domain, weight] : read.data) tokens[domain] += all * weight / weights;
}

/// The time that a training stage in the store took, and on what.
struct MeasuredTime {
  double seconds = 0;
  std::string computed;
};

/// Nothing if the stage is not in the store.
std::optional<MeasuredTime> measured_time(const Store& store, const Stage& stage) {
  const fs::path folder = store.artifact(stage);
  if (!store.has(stage) || !fs::exists(folder / kTrainSummary)) return std::nullopt;
  const auto on = read_manifest(folder).computed;
  return MeasuredTime{read_config_file<TrainSummary>(folder / kTrainSummary).seconds,
                      on ? on->text() : ""};
}

}  // namespace

void Planner::add_baseline(const ResolvedBaseline& baseline) {
  const std::string name = baseline_stage(baseline.name);
  if (!baseline.import.empty()) {
    models_[baseline.name] = with_place(r_.tree, {"baseline", baseline.name, "import"}, [&] {
      return add_foreign(name, local_path(baseline.import));
    });
    return;
  }
  PlannedModel model = start_of(baseline, name);
  if (baseline.trained()) {
    const auto all = phases(baseline, model);
    if (all.empty()) {
      graph_.deferred.push_back(name);
      return;
    }
    model = add_phases(name, model, all, baseline.router);
  }
  models_[baseline.name] = model;
}

/// What is made before any training of the baseline's own.
PlannedModel Planner::start_of(const ResolvedBaseline& baseline, const std::string& name) {
  NamedModels inputs = {{{kSeed, "", kSeed}, models_.at(kSeed)}};
  if (!baseline.from_seed) {
    inputs = expert_models(baseline.mix ? baseline.mix->include_seed_expert
                                        : baseline.ensemble->include_seed_expert);
  }
  if (baseline.ensemble) return add_ensemble(name, *baseline.ensemble, inputs);
  if (!baseline.mix) return models_.at(kSeed);
  return add_mix(name + (baseline.trained() ? std::string("/") + kMix : ""), *baseline.mix, inputs,
                 baseline.router, {"baseline", baseline.name, "mix"});
}

/// The stages whose tokens, FLOPs or time a baseline is given: what the mixture cost beyond the
/// seed.
std::vector<std::string> Planner::reference_stages() const {
  std::vector<std::string> names;
  for (const auto& expert : r_.experts) {
    if (expert.import.empty()) names.push_back(expert_stage(expert.name));
  }
  for (const auto& name : phase_stages(kFinetune, r_.finetune)) names.push_back(name);
  return names;
}

/// Domains of finetuning, by weight: of several stages by their tokens.
std::map<std::string, double> Planner::finetune_data() const {
  const auto names = phase_stages(kFinetune, r_.finetune);
  if (names.size() == 1) return training_.at(names.front()).data;
  std::map<std::string, double> all;
  for (const auto& name : names) add_domains(training_.at(name), all);
  return all;
}

/// Adds what a stage reads to a phase that is to read it again.
void Planner::add_replay(const std::string& stage, const ResolvedBaseline& baseline,
                         Phase& phase) const {
  const TrainConfig& read = training_.at(stage);
  const std::int64_t context = models_.at(kSeed).config.context;
  if (read.sequence_in(context) != phase.train.sequence_in(context)) {
    fail_at(nearest(r_.tree, {"baseline", baseline.name, "match"}).place,
            fmt::format(
                "baseline '{}': match = \"data\" reads the sequences of {} again, which have "
                "{} tokens, but its own have {}; give all the same train.sequence_length",
                baseline.name, stage, read.sequence_in(context), phase.train.sequence_in(context)));
  }
  ReplayedStage replayed{stage, seed_of(stage), read.tokens_read(), read.data};
  add_domains(read, phase.train.data);
  phase.train.tokens += replayed.tokens;
  phase.replay.push_back(std::move(replayed));
}

/// Stages that have exactly the data of the experts, all in one, and of each finetune stage.
std::vector<Planner::Phase> Planner::data_phases(const ResolvedBaseline& baseline,
                                                 const std::vector<std::string>& reference) const {
  Phase empty{{"", baseline.train, {"baseline", baseline.name, "train"}}};
  empty.train.data.clear();
  Phase experts = empty;
  experts.name = kExpertsPhase;
  std::vector<Phase> finetune;
  const auto finetunes = phase_stages(kFinetune, r_.finetune);
  for (const auto& stage : reference) {
    const auto found = std::ranges::find(finetunes, stage);
    if (found == finetunes.end()) {
      add_replay(stage, baseline, experts);
      continue;
    }
    const auto number = static_cast<std::size_t>(found - finetunes.begin());
    Phase phase = empty;
    phase.name = r_.finetune.at(number).name;
    add_replay(stage, baseline, phase);
    finetune.push_back(std::move(phase));
  }
  if (!experts.replay.empty()) finetune.insert(finetune.begin(), experts);
  return finetune;
}

/// Tokens that cost this model as many FLOPs as the reference stages, and the imported experts that
/// it does not rest on itself.
double Planner::tokens_of_flops(const ResolvedBaseline& baseline, const PlannedModel& start,
                                const std::vector<std::string>& reference,
                                const TrainConfig& train) const {
  double flops = 0;
  for (const auto& name : reference) flops += graph_.find(name).estimate.flops;
  const auto own = imports(start.stage);
  for (const auto& expert : imported_experts()) {
    if (std::ranges::find(own, expert.name, &ImportedModel::name) == own.end()) {
      flops += expert.flops;
    }
  }
  return flops / flops_per_token(start, train, baseline.router);
}

/// Tokens that take this model as long as the reference stages took, by the recipe's rates or as
/// measured; nothing while that is not known yet. A token's time is that of the run's own stages of
/// such a model, dense or mixture, in proportion to the FLOPs.
std::optional<double> Planner::tokens_of_time(const ResolvedBaseline& baseline,
                                              const PlannedModel& start,
                                              const std::vector<std::string>& reference,
                                              const TrainConfig& train) const {
  const PlannedRates& rates = recipe_.run.rates;
  const Store store{fs::path(recipe_.run.store)};
  const auto finetunes = phase_stages(kFinetune, r_.finetune);
  const bool mixture = start.config.num_experts() > 0;
  double seconds = 0, like_flops = 0, like_seconds = 0;
  std::set<std::string> computed;
  for (const auto& name : reference_stages()) {
    const Stage& stage = graph_.find(name);
    const bool finetune = std::ranges::find(finetunes, name) != finetunes.end();
    const double rate = finetune ? rates.mixture : rates.dense;
    const auto took = rates.given() ? MeasuredTime{stage.estimate.tokens / rate, ""}
                                    : measured_time(store, stage);
    if (!took) return std::nullopt;
    computed.insert(took->computed);
    if (std::ranges::find(reference, name) != reference.end()) seconds += took->seconds;
    if (finetune != mixture) continue;
    like_flops += stage.estimate.flops;
    like_seconds += took->seconds;
  }
  if (computed.size() > 1) {
    fail_at(
        nearest(r_.tree, {"baseline", baseline.name, "match"}).place,
        fmt::format("baseline '{}': match = \"device_time\": the stages that it is matched with "
                    "were computed on different machines, whose seconds do not add up ({}); give "
                    "run.rates, or another run.store on one of them",
                    baseline.name, join({computed.begin(), computed.end()}, "; ")));
  }
  if (like_seconds > 0) {
    return seconds * like_flops / like_seconds / flops_per_token(start, train, baseline.router);
  }
  if (rates.given()) return seconds * (mixture ? rates.mixture : rates.dense);
  fail_at(nearest(r_.tree, {"baseline", baseline.name, "match"}).place,
          fmt::format("baseline '{}': match = \"device_time\" needs a trained {} to measure the "
                      "time of one token, and none is trained here; or give run.rates",
                      baseline.name, mixture ? "finetune stage" : "expert"));
}

/// Every training stage; none while a measured time is not known yet.
std::vector<Planner::Phase> Planner::phases(const ResolvedBaseline& baseline,
                                            const PlannedModel& start) const {
  if (baseline.match == Match::none) {
    std::vector<Phase> own;
    for (const auto& phase : baseline.phases) own.push_back({phase});
    return own;
  }
  std::vector<std::string> reference = reference_stages();
  const auto made_of = needed_by(start.stage);
  std::erase_if(reference, [&](const std::string& name) {
    return std::ranges::find(made_of, name) != made_of.end();
  });
  if (reference.empty()) {
    fail_at(nearest(r_.tree, {"baseline", baseline.name, "match"}).place,
            fmt::format("baseline '{}': match = \"{}\": the model is made from all that it would "
                        "be matched with, so that nothing is left to be trained; remove match",
                        baseline.name, name_of(baseline.match)));
  }
  Phase phase{{"", baseline.train, {"baseline", baseline.name, "train"}}};
  if (!r_.finetune.empty()) phase.train.data = finetune_data();
  std::optional<double> tokens;
  switch (baseline.match) {
    case Match::none: throw Error("a baseline without match is matched; this is a bug");
    case Match::data: return data_phases(baseline, reference);
    case Match::flops: tokens = tokens_of_flops(baseline, start, reference, phase.train); break;
    case Match::device_time:
      tokens = tokens_of_time(baseline, start, reference, phase.train);
      break;
  }
  if (!tokens) return {};
  phase.train.tokens = budget(*tokens, phase.train, {"baseline", baseline.name, "match"});
  return {phase};
}

}  // namespace btx
