// Models made out of several: merged, with gates, or run side by side.
#include "mix/check_plan.hpp"
#include "model/layout.hpp"
#include "pipeline/estimate.hpp"
#include "pipeline/graph_builder.hpp"
#include "recipe/config.hpp"

#include <btx/ensemble.hpp>
#include <btx/error.hpp>

#include <fmt/format.h>

namespace btx {
namespace {

Array infos_of(const std::vector<std::pair<ExpertInfo, PlannedModel>>& models) {
  Array infos;
  for (const auto& [info, model] : models) infos.push_back(to_value(info));
  return infos;
}

}  // namespace

GraphBuilder::NamedModels GraphBuilder::expert_models(bool with_seed) const {
  NamedModels all;
  for (const auto& expert : r_.experts) {
    all.push_back({{expert.name, expert.domain, expert.name}, models_.at(expert.name)});
  }
  if (with_seed) all.push_back({{"seed", "", "seed"}, models_.at("seed")});
  return all;
}

void GraphBuilder::check_layers(std::int64_t layers) const {
  for (const auto layer : recipe_.router.layers) {
    if (layer < layers) continue;
    fail_at(nearest(r_.tree, {"router", "layers"}).source,
            fmt::format("router.layers: there is no layer {}; the models have {}, counted from 0",
                        layer, layers));
  }
}

PlannedModel GraphBuilder::add_mix(const std::string& name, const MixConfig& mix,
                                   const NamedModels& models, const ValuePath& written) {
  bool by_group = false;
  PlannedModel model = add_merge(name, mix, models, written, by_group);
  if (model.stage != name) add_gates(name, model, by_group);
  return model;
}

/// The merge; its stage is `name`, or `name`/merged where gates that need a probe come after it.
PlannedModel GraphBuilder::add_merge(const std::string& name, const MixConfig& mix,
                                     const NamedModels& models, const ValuePath& written,
                                     bool& gates_by_group) {
  std::vector<MergeInput> inputs;
  Stage stage;
  stage.name = name;
  stage.kind = "mix";
  stage.config.set("purpose", Value(name));
  stage.config.set("seed", Value(seed_of(name)));
  stage.config.set("strategy", Value(mix.strategy));
  stage.config.set("params", mix.params);
  stage.config.set("models", Value(infos_of(models)));
  stage.config.set("domains", Value(string_array(r_.domains())));
  for (const auto& [info, model] : models) {
    inputs.push_back({info, model.config, all_tensors(model.config)});
    stage.inputs.push_back({"model/" + info.name, model.stage});
  }
  stage.components.push_back(used_component("merge", mix.strategy));
  const auto strategy = make_component<MergeStrategy>(mix.strategy, mix.params);
  if (strategy.call([](const MergeStrategy& s) { return s.needs_dev_loss(); })) {
    for (const auto& [info, model] : models) {
      stage.inputs.push_back({"dev_loss/" + info.name, add_dev_loss(info.name, model)});
    }
  }
  check_layers(models.front().second.config.num_layers);
  const MergeInputs all = with_place(r_.tree, written, [&] {
    return merge_inputs(std::move(inputs), recipe_.router, r_.domains(), 0);
  });
  MixPlan plan =
      with_place(r_.tree, written, [&] { return strategy_plan(mix.strategy, mix.params, all); });
  const bool own_gates = plans_gates(plan);
  with_place(r_.tree, {"router", "params"},
             [&] { btx::add_routing(plan, all, recipe_.router.init); });
  gates_by_group = plan.gate_rows_by_group;
  PlannedModel model{name, plan.config, 1, {}};
  model.experts_per_token =
      with_place(r_.tree, {"router", "params"}, [&] { return experts_per_token(plan.config); });
  if (plan.config.num_experts() > 0) {
    stage.components.push_back(used_component("router", plan.config.router.type));
  }
  if (plan.config.num_experts() > 0 && !own_gates) {
    stage.config.set("router", router_value(recipe_.router));
    stage.components.push_back(used_component("gate_init", recipe_.router.init.type));
    const auto init =
        make_component<GateInit>(recipe_.router.init.type, recipe_.router.init.params);
    const bool probed = init.call([](const GateInit& i) { return i.needs_probe(); });
    if (probed) stage.name = model.stage = name + "/merged";
  }
  stage.estimate.parameters = count_parameters(plan.config);
  stage.estimate.memory_bytes = 50e6 + static_cast<double>(plan_peak_bytes(plan, all.models));
  stage.estimate.disk_bytes = 4.0 * static_cast<double>(stage.estimate.parameters);
  stage.estimate.active_parameters = count_active_parameters(plan.config, model.experts_per_token);
  add(std::move(stage));
  return model;
}

void GraphBuilder::add_gates(const std::string& name, PlannedModel& model, bool by_group) {
  Stage stage;
  stage.name = name;
  stage.kind = "gates";
  stage.config.set("purpose", Value(name));
  stage.config.set("seed", Value(seed_of(name)));
  stage.config.set("engine", engine());
  stage.config.set("init", write_config(recipe_.router.init));
  stage.config.set("by_group", Value(by_group));
  stage.inputs = {{"init", model.stage}};
  add_domains(stage, "tokens");
  stage.components.push_back(used_component("router", model.config.router.type));
  stage.components.push_back(used_component("gate_init", recipe_.router.init.type));
  stage.estimate = estimate_evaluation(model.config, model.experts_per_token,
                                       {.batch_tokens = 16 * model.config.context}, recipe_.engine);
  stage.estimate.disk_bytes = 4.0 * static_cast<double>(stage.estimate.parameters);
  add(std::move(stage));
  model.stage = name;
}

PlannedModel GraphBuilder::add_ensemble(const std::string& name, const EnsembleConfig& config,
                                        const NamedModels& models) {
  Stage stage;
  stage.name = name;
  stage.kind = "ensemble";
  stage.config.set("type", Value(config.type));
  stage.config.set("params", config.params);
  stage.config.set("fit_bytes", Value(config.fit_bytes));
  stage.config.set("models", Value(infos_of(models)));
  const auto ensemble = make_component<Ensemble>(config.type, config.params);
  PlannedModel result{name, models.front().second.config, 1, {}};
  for (const auto& [info, model] : models) {
    result.members.emplace_back(info, model.stage);
    stage.inputs.push_back({"model/" + info.name, model.stage});
    if (ensemble.call([](const Ensemble& e) { return e.needs_dev_loss(); })) {
      stage.inputs.push_back({"dev_loss/" + info.name, add_dev_loss(info.name, model)});
    }
  }
  add_domains(stage, "documents");
  stage.components.push_back(used_component("ensemble", config.type));
  stage.estimate.parameters =
      count_parameters(result.config) * static_cast<std::int64_t>(models.size());
  stage.estimate.memory_bytes = 100e6 + 20.0 * static_cast<double>(config.fit_bytes);
  add(std::move(stage));
  return result;
}

/// The stage that scores a model on dev text, made once for each model.
std::string GraphBuilder::add_dev_loss(const std::string& name, const PlannedModel& model) {
  Stage stage;
  stage.name = "dev_loss/" + name;
  for (const auto& other : graph_.stages) {
    if (other.name == stage.name) return stage.name;
  }
  stage.kind = "dev_loss";
  add_scoring(stage);
  stage.inputs = {{"model", model.stage}};
  add_domains(stage, "documents");
  stage.estimate =
      estimate_evaluation(model.config, model.experts_per_token,
                          {.batch_tokens = recipe_.eval.batch_size * window()}, recipe_.engine);
  std::string result = stage.name;
  add(std::move(stage));
  return result;
}

}  // namespace btx
