// Evaluation of every model, and the report.
#include "eval/text_cache.hpp"
#include "pipeline/estimate.hpp"
#include "pipeline/evaluation_sets.hpp"
#include "pipeline/graph_builder.hpp"
#include "recipe/config.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace btx {

namespace {

/// Scoring asks for the next token's probability; a router that looks ahead has seen it.
void check_causal(const ModelConfig& config, const std::string& name) {
  if (config.num_experts() == 0) return;
  const RouterTraits traits = router_traits(config);
  if (traits.causal || !traits.causal_substitute.empty()) return;
  throw Error(ExitCode::usage,
              fmt::format("model '{}': router '{}' looks at later tokens, so that it cannot be "
                          "scored; give it a causal substitute (router.params.causal_substitute)",
                          name, config.router.type));
}

}  // namespace

/// Tokens scored at once: eval.window, or all that the models see.
std::int64_t GraphBuilder::window() const {
  const std::int64_t context = models_.at("seed").config.context;
  const std::int64_t given = recipe_.eval.window;
  if (given == 1 || given > context) {
    fail_at(
        nearest(r_.tree, {"eval", "window"}).source,
        fmt::format("eval.window: needs 2 to {} tokens, the models' context, or 0 for all of it; "
                    "got {}",
                    context, given));
  }
  return given == 0 ? context : given;
}

/// What a stage that scores text is told of it.
void GraphBuilder::add_scoring(Stage& stage) const {
  stage.config.set("engine", engine());
  stage.config.set("window", Value(window()));
  stage.config.set("batch_size", Value(recipe_.eval.batch_size));
  stage.config.set("max_bytes", Value(recipe_.eval.max_bytes));
}

void GraphBuilder::add_set_files(Stage& stage) {
  for (const auto& set : recipe_.eval.set) {
    try {
      const std::string digest = with_place(r_.tree, {"eval", "set", set.name},
                                            [&] { return memo_.digest(file_of(set)); });
      stage.files.push_back(set.name + " " + digest);
    } catch (const Error& error) {
      if (use_ != GraphUse::plan || error.code() == ExitCode::usage) throw;
      stage.missing = error.what();
    }
  }
}

/// The sets' files and tasks; a task that a domain uses, too, is named once.
void GraphBuilder::add_sets(Stage& stage) {
  add_set_files(stage);
  std::set<std::string> tasks;
  for (const auto& set : recipe_.eval.set) tasks.insert(set.task);
  for (const auto& task : recipe_.eval.tasks) tasks.erase(task);
  for (const auto& task : tasks) stage.components.push_back(used_component("task", task));
}

void GraphBuilder::add_evaluation(const ComparedModel& compared) {
  const PlannedModel& model = models_.at(compared.name);
  check_causal(model.config, compared.name);
  Stage stage;
  stage.name = "evaluate/" + compared.name;
  stage.kind = "evaluate";
  stage.config.set("tasks", recipe_.eval.params);
  stage.config.set("sets", Value(sets_config(recipe_.eval)));
  add_scoring(stage);
  stage.inputs = {{"model", model.stage}};
  for (const auto& [info, member] : model.members) {
    stage.inputs.push_back({"member/" + info.name, member});
  }
  add_domains(stage, "documents");
  add_sets(stage);
  for (const auto& task : recipe_.eval.tasks)
    stage.components.push_back(used_component("task", task));
  if (model.config.num_experts() > 0) {
    stage.components.push_back(used_component("router", model.config.router.type));
  }
  EvaluationSize size;
  size.batch_tokens = recipe_.eval.batch_size * window();
  if (!recipe_.eval.set.empty()) {
    size.cached_tokens = std::min(kTextCacheTokens, size.batch_tokens);
    size.models = std::max<std::int64_t>(1, std::ssize(model.members));
  }
  stage.estimate = estimate_evaluation(model.config, model.experts_per_token, size, recipe_.engine);
  Stage& added = add(std::move(stage));
  if (added.missing.empty()) added.config.set("set_files", set_files(recipe_.eval));
}

std::string GraphBuilder::match_of(const std::string& model) const {
  for (const auto& baseline : r_.baselines) {
    if (baseline.name == model) return baseline.match;
  }
  return "none";
}

/// Names of the training stages that a stage rests on, itself included, but the seed's, which every
/// model has; in graph order.
std::vector<std::string> GraphBuilder::lineage(const std::string& stage) const {
  std::vector<std::string> needed = {stage};
  for (std::size_t i = 0; i < needed.size(); ++i) {
    for (const auto& input : graph_.find(needed[i]).inputs) {
      if (std::find(needed.begin(), needed.end(), input.stage) == needed.end()) {
        needed.push_back(input.stage);
      }
    }
  }
  std::vector<std::string> trained;
  for (const auto& candidate : graph_.stages) {
    const bool used = std::find(needed.begin(), needed.end(), candidate.name) != needed.end();
    if (used && candidate.kind == "train" && candidate.name != "seed")
      trained.push_back(candidate.name);
  }
  return trained;
}

void GraphBuilder::add_report(const std::vector<ComparedModel>& models) {
  Stage stage;
  stage.name = stage.kind = "report";
  stage.config.set("title", Value(recipe_.run.name));
  stage.config.set("domains", Value(string_array(r_.domains())));
  Array rows;
  for (const auto& model : models) {
    Value row;
    row.set("name", Value(model.name));
    row.set("stage", Value(model.stage));
    row.set("training", Value(string_array(lineage(model.stage))));
    row.set("match", Value(match_of(model.name)));
    row.set("matched", Value(string_array(reference_stages())));
    rows.push_back(std::move(row));
    stage.inputs.push_back({"evaluate/" + model.name, "evaluate/" + model.name});
  }
  stage.config.set("models", Value(std::move(rows)));
  for (const auto& other : graph_.stages) {
    if (other.kind == "train" && other.name != "seed")
      stage.inputs.push_back({"train/" + other.name, other.name});
  }
  stage.estimate.memory_bytes = 50e6;
  add(std::move(stage));
}

}  // namespace btx
