// Models merged out of several, and their gates.
#include "mix/execute_plan.hpp"
#include "mix/expert_data.hpp"
#include "mix/plan_merge.hpp"
#include "model_spec/costs.hpp"
#include "model_spec/router_info.hpp"
#include "plan/check/check_gates.hpp"
#include "plan/check/check_router.hpp"
#include "plan/estimate.hpp"
#include "plan/planner.hpp"
#include "plugin/component.hpp"
#include "recipe/stage_names.hpp"
#include "stages/kinds.hpp"
#include "stages/models/gates.hpp"
#include "stages/models/mix.hpp"

#include <btx/gate_init.hpp>

namespace btx {

Planner::NamedModels Planner::expert_models(bool with_seed) const {
  NamedModels all;
  for (const auto& expert : r_.experts) {
    all.push_back({{expert.name, expert.domain, expert.name}, models_.at(expert.name)});
  }
  if (with_seed) all.push_back({{kSeed, "", kSeed}, models_.at(kSeed)});
  return all;
}

/// The models as the strategy gets them, and what it makes of them, gates apart.
Planner::Merge Planner::merge_of(const MixConfig& mix, const NamedModels& models,
                                 const ResolvedRouter& resolved, const ValuePath& written) const {
  const RouterConfig& config = resolved.config;
  Merge merge;
  merge.router = {config.type,        config.params, config.layers,
                  config.granularity, config.init,   config.by_layer};
  std::vector<MergeInput> inputs;
  for (const auto& [info, model] : models) {
    inputs.push_back({info, model.config, all_tensors(model.config)});
  }
  check_router_layers(r_.tree, resolved, models.front().second.config.num_layers);
  with_place(r_.tree, written, [&] {
    merge.inputs =
        make_merge_inputs(std::move(inputs), merge.router.choice(), config.layers, r_.domains(), 0);
    merge.plan = strategy_plan(mix.strategy, mix.params, merge.inputs);
  });
  check_routed_plan(r_.tree, resolved, merge.plan);
  return merge;
}

/// The merge. Where gates that need a probe come after it, its stage is NAME/merged, and theirs
/// NAME.
PlannedModel Planner::add_mix(const std::string& name, const MixConfig& mix,
                              const NamedModels& models, const ResolvedRouter& resolved,
                              const ValuePath& written) {
  Merge merge = merge_of(mix, models, resolved, written);
  MixPlan& plan = merge.plan;
  const GateInitConfig& init = merge.router.init;
  const bool makes_gates = plan.config.num_experts() > 0 && !plans_gates(plan);
  const bool probed =
      makes_gates && make_component<GateInit>(init.type, init.params).call([](const GateInit& i) {
        return i.needs_probe();
      });
  PlannedModel model{probed ? name + "/merged" : name, plan.config, 1, {}};
  with_place(r_.tree, router_path(resolved, "params"), [&] {
    add_gates(plan, merge.inputs, init);
    model.experts_per_token = experts_per_token(plan.config);
  });
  MixWork work{name, seed_of(name), mix.strategy, mix.params, {}, r_.domains(), {}};
  for (const auto& [info, planned] : models) work.models.push_back({info});
  if (makes_gates) work.router = merge.router;
  Stage stage = make_stage(model.stage, work);
  for (const auto& [info, planned] : models) {
    stage.inputs.push_back({"model/" + info.name, planned.stage});
  }
  if (needs_dev_loss(mix.strategy, mix.params)) {
    for (auto& input : add_dev_losses(models)) stage.inputs.push_back(std::move(input));
  }
  if (mix.strategy != kAverage) stage.components.push_back(used_component("merge", mix.strategy));
  add_routers(plan.config, stage.components);
  if (makes_gates) stage.components.push_back(used_component("gate_init", init.type));
  stage.estimate = estimate_mix(plan, merge.inputs.models, model.experts_per_token);
  add(std::move(stage));
  return probed ? add_gate_stage(name, model, gates_work(name, merge, models, resolved)) : model;
}

/// What the gates stage of a merge is told; refuses experts that cannot be told apart.
GatesWork Planner::gates_work(const std::string& name, const Merge& merge,
                              const NamedModels& models, const ResolvedRouter& router) const {
  std::vector<std::map<std::string, double>> trained_on;
  for (const auto& [info, planned] : models) trained_on.push_back(planned.data);
  const auto data = expert_data(merge.plan, trained_on);
  GatesWork work;
  work.purpose = name;
  work.seed = seed_of(name);
  work.engine = recipe_.engine.models;
  work.init = merge.router.init;
  work.by_group = merge.plan.gate_rows_by_group;
  work.domains = r_.domains();
  for (std::size_t e = 0; e < data.size(); ++e) {
    work.data.push_back({merge.plan.config.experts[e].name, data[e]});
  }
  with_place(r_.tree, router_path(router, "init"), [&] { check_gates(work, merge.plan.config); });
  return work;
}

PlannedModel Planner::add_gate_stage(const std::string& name, const PlannedModel& merged,
                                     const GatesWork& work) {
  Stage stage = make_stage(name, work);
  stage.inputs = {{"init", merged.stage}};
  for (auto& input : inputs_of_domains(tokens_stage)) stage.inputs.push_back(std::move(input));
  add_routers(merged.config, stage.components);
  stage.components.push_back(used_component("gate_init", work.init.type));
  stage.estimate =
      estimate_evaluation(merged.config, merged.experts_per_token,
                          {.batch_tokens = 16 * merged.config.context, .masters = true}, engine_);
  stage.estimate.disk_bytes = 4.0 * static_cast<double>(stage.estimate.parameters);
  add(std::move(stage));
  PlannedModel model = merged;
  model.stage = name;
  return model;
}

}  // namespace btx
