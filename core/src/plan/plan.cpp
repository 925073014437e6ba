#include "plan/plan.hpp"

#include "config/config.hpp"
#include "config/package_path.hpp"
#include "model/engine.hpp"
#include "model_spec/router_info.hpp"
#include "pipeline/store.hpp"
#include "plan/planner.hpp"
#include "plugin/registry.hpp"
#include "recipe/stage_names.hpp"

#include <set>

namespace btx {

UsedComponent used_component(const std::string& kind, const std::string& name) {
  const RegisteredComponent& component = Registry::instance().find(kind, name);
  const PluginRecord& plugin = Registry::instance().plugin_of(component);
  return {kind, name, plugin.version, plugin.digest};
}

void add_routers(const ModelConfig& config, std::vector<UsedComponent>& used) {
  std::set<std::string> types;
  for (const auto& router : routers_in(config)) {
    if (types.insert(router.type).second) used.push_back(used_component("router", router.type));
  }
}

Planner::Planner(const ResolvedRecipe& resolved, PlanOptions options)
    : r_(resolved),
      recipe_(resolved.recipe),
      use_(options.use),
      engine_(decide_engine(recipe_.engine.models)),
      memo_(Store{fs::path(recipe_.run.store)}.memo(),
            {.keep = use_ == PlanUse::run, .verify = options.verify}) {}

StageGraph Planner::plan() {
  if (recipe_.run.pack.empty()) {
    add_data();
  } else {
    with_place(r_.tree, {"run", "pack"}, [&] { add_pack(local_path(recipe_.run.pack)); });
  }
  add_seed();
  for (const std::size_t expert : r_.expert_order) add_expert(r_.experts.at(expert));
  models_[kMix] = add_mix(kMix, recipe_.mix, expert_models(recipe_.mix.include_seed_expert),
                          r_.router, {"mix"});
  if (!r_.finetune.empty()) {
    std::vector<Phase> phases;
    for (const auto& phase : r_.finetune) phases.push_back({phase});
    models_[kMixture] = add_phases(kFinetune, models_[kMix], phases, r_.router);
  }
  for (const auto& baseline : r_.baselines) add_baseline(baseline);
  auto models = compared_models(r_);
  std::erase_if(models, [&](const ComparedModel& m) { return models_.count(m.name) == 0; });
  for (const auto& model : models) add_evaluation(model);
  add_report(models);
  return std::move(graph_);
}

Stage& Planner::add(Stage stage) {
  std::vector<std::string> keys;
  for (const auto& input : stage.inputs) keys.push_back(graph_.find(input.stage).key);
  set_key(stage, keys);
  graph_.stages.push_back(std::move(stage));
  return graph_.stages.back();
}

std::int64_t Planner::seed_of(const std::string& stage) const {
  return recipe_.run.seeds.of_stage(stage, recipe_.run.seed);
}

std::string Planner::digest_for(Stage& stage, const fs::path& file) {
  return stage.digests[file.string()] = memo_.digest(file);
}

std::vector<StageInput> Planner::inputs_of_domains(
    std::string (*stage_of)(const std::string& domain)) const {
  std::vector<StageInput> inputs;
  for (const auto& domain : r_.domains()) inputs.push_back({stage_of(domain), stage_of(domain)});
  return inputs;
}

std::vector<ComparedModel> compared_models(const ResolvedRecipe& resolved) {
  std::vector<ComparedModel> models = {{kSeed, kSeed}};
  for (const auto& expert : resolved.experts) {
    models.push_back({expert.name, expert_stage(expert.name)});
  }
  for (const auto& baseline : resolved.baselines) {
    models.push_back({baseline.name, baseline_stage(baseline.name)});
  }
  models.push_back({kMix, kMix});
  if (!resolved.finetune.empty()) models.push_back({kMixture, kFinetune});
  return models;
}

StageGraph plan_stages(const ResolvedRecipe& resolved, PlanOptions options) {
  return Planner(resolved, options).plan();
}

}  // namespace btx
