// Evaluation of every model, and the report.
#include "config/place.hpp"
#include "eval/generation/text_cache.hpp"
#include "model_spec/router_info.hpp"
#include "plan/estimate.hpp"
#include "plan/plan_sets.hpp"
#include "plan/planner.hpp"
#include "recipe/stage_names.hpp"
#include "stages/kinds.hpp"
#include "stages/models/train.hpp"
#include "stages/scoring/evaluate.hpp"
#include "stages/scoring/report.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace btx {

namespace {

/// Plugins that score; a task that domains and sets use is named once.
std::vector<UsedComponent> scoring_components(const EvalConfig& eval, const ModelConfig& model) {
  std::set<std::string> tasks;
  for (const auto& set : eval.set) tasks.insert(set.task);
  for (const auto& task : eval.tasks) tasks.erase(task);
  std::vector<UsedComponent> used;
  for (const auto& task : tasks) used.push_back(used_component("task", task));
  for (const auto& task : eval.tasks) used.push_back(used_component("task", task));
  add_routers(model, used);
  return used;
}

}  // namespace

/// Tokens scored at once: eval.window, or all that the models see.
std::int64_t Planner::window() const {
  const std::int64_t context = models_.at(kSeed).config.context;
  const std::int64_t given = recipe_.eval.window;
  if (given == 1 || given > context) {
    fail_at(
        nearest(r_.tree, {"eval", "window"}).place,
        fmt::format("eval.window: needs 2 to {} tokens, the models' context, or 0 for all of it; "
                    "got {}",
                    context, given));
  }
  return given == 0 ? context : given;
}

ScoringSettings Planner::scoring(const ModelConfig& model) const {
  return {recipe_.engine.models, std::min(window(), model.context), recipe_.eval.batch_size,
          recipe_.eval.max_bytes};
}

/// Digests and places of the evaluation sets' files.
void Planner::add_set_files(Stage& stage) {
  for (const auto& set : recipe_.eval.set) {
    try {
      const std::string file =
          with_place(r_.tree, {"eval", "set", set.name}, [&] { return file_of(set); });
      const std::string digest =
          with_place(r_.tree, {"eval", "set", set.name}, [&] { return digest_for(stage, file); });
      stage.files.push_back(set.name + " " + digest);
      stage.places["set/" + set.name] = file;
    } catch (const Error& error) {
      if (use_ != PlanUse::show || error.code() == ExitCode::usage) throw;
      stage.missing = error.what();
    }
  }
}

/// Where it is written how a model routes.
ValuePath Planner::origin_of(const std::string& model) const {
  const auto found = std::ranges::find(r_.baselines, model, &ResolvedBaseline::name);
  if (found == r_.baselines.end()) return {"router", "type"};
  if (!found->import.empty()) return {"baseline", model, "import"};
  ValuePath path = found->router.written;
  path.emplace_back("type");
  return path;
}

void Planner::add_evaluation(const ComparedModel& compared) {
  const PlannedModel& model = models_.at(compared.name);
  with_place(r_.tree, origin_of(compared.name),
             [&] { check_scorable(model.config, fmt::format("model '{}'", compared.name)); });
  EvaluateWork work{scoring(model.config),         0,           0, recipe_.eval.params,
                    evaluation_sets(recipe_.eval), r_.domains()};
  work.set_draws(model.config, recipe_.eval.draws, seed_of(evaluate_stage(compared.name)));
  Stage stage = make_stage(evaluate_stage(compared.name), work);
  stage.inputs = {{"model", model.stage}};
  for (const auto& [info, member] : model.members) {
    stage.inputs.push_back({"member/" + info.name, member});
  }
  for (auto& input : inputs_of_domains(documents_stage)) stage.inputs.push_back(std::move(input));
  add_set_files(stage);
  stage.components = scoring_components(recipe_.eval, model.config);
  EvaluationSize size;
  size.batch_tokens = recipe_.eval.batch_size * work.scoring.window;
  if (!recipe_.eval.set.empty()) {
    size.cached_tokens = std::min(kTextCacheTokens, size.batch_tokens);
    size.models = std::max<std::int64_t>(1, std::ssize(model.members));
  }
  stage.estimate = estimate_evaluation(model.config, model.experts_per_token, size, engine_);
  add(std::move(stage));
  const std::int64_t context = model.config.context;
  graph_.context = graph_.context == 0 ? context : std::min(graph_.context, context);
}

Match Planner::match_of(const std::string& model) const {
  const auto found = std::ranges::find(r_.baselines, model, &ResolvedBaseline::name);
  return found == r_.baselines.end() ? Match::none : found->match;
}

/// A stage and all that it rests on, itself first.
std::vector<std::string> Planner::needed_by(const std::string& stage) const {
  std::vector<std::string> needed = {stage};
  for (std::size_t i = 0; i < needed.size(); ++i) {
    for (const auto& input : graph_.find(needed[i]).inputs) {
      if (std::find(needed.begin(), needed.end(), input.stage) == needed.end()) {
        needed.push_back(input.stage);
      }
    }
  }
  return needed;
}

/// The training stages that a stage rests on, itself included, but the seed's, which every model
/// has; in graph order.
std::vector<TrainedStage> Planner::lineage(const std::string& stage) const {
  const auto trained = [&](const std::vector<std::string>& needed) {
    std::vector<std::string> names;
    for (const auto& candidate : graph_.stages) {
      const bool used = std::find(needed.begin(), needed.end(), candidate.name) != needed.end();
      if (used && candidate.kind == TrainWork::kKind && candidate.name != kSeed)
        names.push_back(candidate.name);
    }
    return names;
  };
  std::vector<TrainedStage> all;
  for (const auto& name : trained(needed_by(stage))) {
    auto after = trained(needed_by(name));
    std::erase(after, name);
    all.push_back({name, std::move(after)});
  }
  return all;
}

std::vector<ImportedModel> Planner::imported_experts() const {
  std::vector<ImportedModel> all;
  for (const auto& expert : r_.experts) {
    if (expert.import.empty()) continue;
    all.push_back({expert.name, expert.cost.tokens, expert.cost.flops});
  }
  return all;
}

/// The imported experts that a stage rests on, or the model itself.
std::vector<ImportedModel> Planner::imports(const std::string& stage) const {
  const auto needed = needed_by(stage);
  for (const auto& baseline : r_.baselines) {
    if (baseline.import.empty() || baseline_stage(baseline.name) != stage) continue;
    return {{baseline.name, baseline.cost.tokens, baseline.cost.flops}};
  }
  auto all = imported_experts();
  std::erase_if(all, [&](const ImportedModel& model) {
    return std::ranges::find(needed, expert_stage(model.name)) == needed.end();
  });
  return all;
}

void Planner::add_report(const std::vector<ComparedModel>& models) {
  ReportWork work;
  work.title = recipe_.run.name;
  work.domains = r_.domains();
  std::vector<StageInput> inputs;
  for (const auto& model : models) {
    work.models.push_back({model.name, model.stage, lineage(model.stage), imports(model.stage),
                           match_of(model.name), reference_stages(), imported_experts()});
    inputs.push_back({evaluate_stage(model.name), evaluate_stage(model.name)});
  }
  for (const auto& other : graph_.stages) {
    if (other.kind == TrainWork::kKind && other.name != kSeed) {
      inputs.push_back({"train/" + other.name, other.name});
    }
  }
  Stage stage = make_stage(kReport, work);
  stage.inputs = std::move(inputs);
  stage.estimate.memory_bytes = 50e6;
  add(std::move(stage));
}

}  // namespace btx
