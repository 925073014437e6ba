// Models run side by side, and how well each does on dev text.
#include "model_spec/costs.hpp"
#include "plan/estimate.hpp"
#include "plan/planner.hpp"
#include "plugin/component.hpp"
#include "recipe/stage_names.hpp"
#include "stages/kinds.hpp"
#include "stages/models/ensemble.hpp"
#include "stages/scoring/dev_loss.hpp"

#include <btx/ensemble.hpp>

namespace btx {

PlannedModel Planner::add_ensemble(const std::string& name, const EnsembleConfig& config,
                                   const NamedModels& models) {
  EnsembleWork work{config.type, config.params, config.fit_bytes, {}, r_.domains(), {}};
  const auto ensemble = make_component<Ensemble>(config.type, config.params);
  const bool scored = ensemble.call([](const Ensemble& e) { return e.needs_dev_loss(); });
  PlannedModel result{name, models.front().second.config, 1, {}};
  std::vector<StageInput> inputs;
  for (const auto& model : models) {
    const auto& [info, planned] = model;
    work.models.push_back({info});
    work.data.push_back({info.name, planned.data});
    result.members.emplace_back(info, planned.stage);
    inputs.push_back({"model/" + info.name, planned.stage});
    if (scored) inputs.push_back(add_dev_losses({model}).front());
  }
  Stage stage = make_stage(name, work);
  stage.inputs = std::move(inputs);
  for (auto& input : inputs_of_domains(documents_stage)) stage.inputs.push_back(std::move(input));
  stage.components.push_back(used_component("ensemble", config.type));
  stage.estimate.parameters =
      count_parameters(result.config) * static_cast<std::int64_t>(models.size());
  stage.estimate.memory_bytes = 100e6 + 20.0 * static_cast<double>(config.fit_bytes);
  add(std::move(stage));
  return result;
}

/// Inputs "dev_loss/NAME": the stages that score the models on dev text, each made once.
std::vector<StageInput> Planner::add_dev_losses(const NamedModels& models) {
  std::vector<StageInput> inputs;
  for (const auto& [info, model] : models) {
    const std::string name = dev_loss_stage(info.name);
    inputs.push_back({name, name});
    if (graph_.find_if_there(name) != nullptr) continue;
    Stage stage = make_stage(name, DevLossWork{scoring(model.config), r_.domains()});
    stage.inputs = {{"model", model.stage}};
    for (auto& input : inputs_of_domains(documents_stage)) stage.inputs.push_back(std::move(input));
    stage.estimate =
        estimate_evaluation(model.config, model.experts_per_token,
                            {.batch_tokens = recipe_.eval.batch_size * window()}, engine_);
    add(std::move(stage));
  }
  return inputs;
}

}  // namespace btx
