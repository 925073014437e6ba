#pragma once
// From models and a recipe's router to a checked plan of a merge; shared by planning and mixing.

#include "recipe/schema.hpp"

#include <btx/merge_strategy.hpp>

#include <string>
#include <vector>

namespace btx {

/// Throws btx::Error (usage) for models that cannot be merged.
BTX_EXPORT MergeInputs merge_inputs(std::vector<MergeInput> models, const RouterConfig& router);

/// Asks the strategy, and checks what it says (check_plan()).
BTX_EXPORT MixPlan plan_merge(const std::string& strategy, const Value& params,
                              const MergeInputs& inputs);

/// Experts a token runs through, as the model's router declares; 1 for a dense model.
BTX_EXPORT double experts_per_token(const ModelConfig& config);
/// Whether Mixtral computes the same, as the router declares.
BTX_EXPORT bool is_mixtral(const ModelConfig& config);

BTX_EXPORT Value to_value(const ExpertInfo& info);
BTX_EXPORT ExpertInfo expert_from(const Value& value);
/// The part of [router] that a mix uses: type, params, layers, init_std.
BTX_EXPORT Value router_value(const RouterConfig& router);
BTX_EXPORT RouterConfig router_from(const Value& value);

}  // namespace btx
