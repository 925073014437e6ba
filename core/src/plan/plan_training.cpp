// Training stages.
#include "model_spec/costs.hpp"
#include "plan/check/check_training.hpp"
#include "plan/estimate.hpp"
#include "plan/planner.hpp"
#include "plan/whole_steps.hpp"
#include "plugin/component.hpp"
#include "recipe/stage_names.hpp"
#include "stages/kinds.hpp"
#include "stages/models/train.hpp"

#include <btx/balance.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace btx {

namespace {

bool any_balance(const ResolvedRouter& router, bool (*property)(const Balance&)) {
  return std::ranges::any_of(router.balances, [&](const ResolvedBalance& balance) {
    return make_component<Balance>(balance.name, balance.params).call(property);
  });
}

/// Whether a step of this training needs a forward pass more, as Balances::needs_first_pass() says.
bool needs_first_pass(const ModelConfig& model, const TrainConfig& train,
                      const ResolvedRouter& router) {
  const bool parts =
      train.sequences_of_step(model.context) > train.sequences_of_pass(model.context);
  if (model.num_experts() == 0 || !parts) return false;
  if (router.config.balance_scope != BalanceScope::global) return false;
  return any_balance(router,
                     [](const Balance& b) { return b.weight() != 0 && b.needs_step_means(); });
}

}  // namespace

std::int64_t Planner::budget(double tokens, const TrainConfig& train,
                             const ValuePath& written) const {
  if (tokens <= kMostTokens) return whole_steps(tokens, train);
  fail_at(nearest(r_.tree, written).place,
          fmt::format("{}: asks for {:.3g} tokens, and a stage is trained on {:.3g} at most; "
                      "give less",
                      fmt::join(written, "."), tokens, kMostTokens));
}

double Planner::flops_per_token(const PlannedModel& model, const TrainConfig& train,
                                const ResolvedRouter& router) const {
  return training_flops_per_token(model.config, model.experts_per_token,
                                  train.sequence_in(model.config.context),
                                  {train.frozen, needs_first_pass(model.config, train, router)});
}

PlannedModel Planner::add_training(const std::string& name, const PlannedModel& from,
                                   const Phase& phase, const ResolvedRouter& router) {
  TrainConfig train = phase.train;
  check_training(fmt::format("{}", fmt::join(phase.written, ".")), nearest(r_.tree, phase.written),
                 train, from.config);
  if (train.flops > 0) {
    ValuePath written = phase.written;
    written.emplace_back("flops");
    train.tokens = budget(train.flops / flops_per_token(from, train, router), train, written);
    train.flops = 0;
  }
  train.sequence_length = train.sequence_in(from.config.context);
  TrainWork work;
  work.purpose = name;
  work.seed = seed_of(name);
  work.engine = recipe_.engine.models;
  work.train = train;
  work.domains = r_.domains();
  work.replay = phase.replay;
  if (from.stage.empty()) work.model = recipe_.model;
  const bool routed = from.config.num_experts() > 0;
  if (routed) {
    work.balance.emplace();
    for (const auto& balance : router.balances) work.balance->set(balance.name, balance.params);
    work.balance_scope = router.config.balance_scope;
  }
  Stage stage = make_stage(name, work);
  stage.inputs = {{"tokenizer", kTokenizer}};
  if (!work.model) stage.inputs.push_back({"init", from.stage});
  for (auto& input : inputs_of_domains(tokens_stage)) stage.inputs.push_back(std::move(input));
  if (routed) {
    for (const auto& balance : router.balances) {
      stage.components.push_back(used_component("balance", balance.name));
    }
    add_routers(from.config, stage.components);
  }
  stage.estimate = estimate_training(from.config, from.experts_per_token, train, engine_,
                                     needs_first_pass(from.config, train, router));
  add(std::move(stage));
  training_[name] = std::move(train);
  PlannedModel trained{name, from.config, from.experts_per_token, {}};
  trained.config.router.selection_bias |=
      routed && any_balance(router, [](const Balance& b) { return b.moves_selection_bias(); });
  return trained;
}

PlannedModel Planner::add_phases(const std::string& name, PlannedModel model,
                                 const std::vector<Phase>& phases, const ResolvedRouter& router) {
  const auto stages = phase_stages(name, {phases.begin(), phases.end()});
  for (std::size_t i = 0; i < phases.size(); ++i) {
    model = add_training(stages[i], model, phases[i], router);
  }
  return model;
}

}  // namespace btx
