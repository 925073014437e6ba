#include "pipeline/graph.hpp"

#include "pipeline/graph_builder.hpp"
#include "recipe/config.hpp"
#include "recipe/package_path.hpp"

namespace btx {

UsedComponent used_component(const std::string& kind, const std::string& name) {
  const RegisteredComponent& component = Registry::instance().find(kind, name);
  const PluginRecord& plugin = Registry::instance().plugin_of(component);
  return {kind, name, plugin.version, plugin.digest};
}

Array string_array(const std::vector<std::string>& items) {
  Array array;
  for (const auto& item : items) array.emplace_back(item);
  return array;
}

GraphBuilder::GraphBuilder(const ResolvedRecipe& resolved, GraphUse use)
    : r_(resolved),
      recipe_(resolved.recipe),
      use_(use),
      memo_(fs::path(recipe_.run.store) / "memo.json", use == GraphUse::run) {}

StageGraph GraphBuilder::build() {
  if (recipe_.run.pack.empty()) {
    add_data();
  } else {
    with_place(r_.tree, {"run", "pack"}, [&] { add_pack(local_path(recipe_.run.pack)); });
  }
  add_seed();
  for (const auto& expert : r_.experts) add_expert(expert);
  models_["mix"] =
      add_mix("mix", recipe_.mix, expert_models(recipe_.mix.include_seed_expert), {"mix"});
  if (r_.finetune)
    models_["mixture"] = add_training("finetune", models_["mix"], *r_.finetune, {"finetune"});
  for (const auto& baseline : r_.baselines) add_baseline(baseline);
  auto models = compared_models(r_);
  std::erase_if(models, [&](const ComparedModel& m) { return models_.count(m.name) == 0; });
  for (const auto& model : models) add_evaluation(model);
  add_report(models);
  return std::move(graph_);
}

Stage& GraphBuilder::add(Stage stage) {
  std::vector<std::string> keys;
  for (const auto& input : stage.inputs) keys.push_back(graph_.find(input.stage).key);
  set_key(stage, keys);
  graph_.stages.push_back(std::move(stage));
  return graph_.stages.back();
}

Value GraphBuilder::engine() const {
  return write_config(recipe_.engine);
}

std::int64_t GraphBuilder::seed_of(const std::string& purpose) const {
  const StageSeeds& seeds = recipe_.run.seeds;
  const std::int64_t own = purpose == "seed"                ? seeds.seed_model
                           : purpose.starts_with("expert/") ? seeds.expert
                                                            : seeds.finetune;
  return own < 0 ? recipe_.run.seed : own;
}

/// Gives a stage `kind`/<domain> of every domain.
void GraphBuilder::add_domains(Stage& stage, const std::string& kind) const {
  stage.config.set("domains", Value(string_array(r_.domains())));
  for (const auto& domain : r_.domains()) {
    stage.inputs.push_back({kind + "/" + domain, kind + "/" + domain});
  }
}

std::vector<ComparedModel> compared_models(const ResolvedRecipe& resolved) {
  std::vector<ComparedModel> models = {{"seed", "seed"}};
  for (const auto& expert : resolved.experts)
    models.push_back({expert.name, "expert/" + expert.name});
  for (const auto& baseline : resolved.baselines) {
    models.push_back({baseline.name, "baseline/" + baseline.name});
  }
  models.push_back({"mix", "mix"});
  if (resolved.finetune) models.push_back({"mixture", "finetune"});
  return models;
}

StageGraph build_graph(const ResolvedRecipe& resolved, GraphUse use) {
  return GraphBuilder(resolved, use).build();
}

}  // namespace btx
