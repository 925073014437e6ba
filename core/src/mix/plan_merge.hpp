#pragma once
// From models and a recipe's router to a checked plan of a merge; shared by planning and mixing.

#include "recipe/schema/router.hpp"

#include <btx/merge_strategy.hpp>

#include <string>
#include <vector>

namespace btx {

/// In the place of a strategy: the core's own average_plan(), which needs no plugin.
inline constexpr const char* kAverage = "";

/// What a merge strategy is given. `seed` is the mix stage's.
/// Throws btx::Error (usage) for models that cannot be merged (check_mergeable()).
BTX_EXPORT MergeInputs make_merge_inputs(std::vector<MergeInput> models, const RouterChoice& router,
                                         const std::vector<std::int64_t>& mixture_layers,
                                         std::vector<std::string> domains, std::uint64_t seed);

/// What the strategy plans: everything but gates and what the router owns. kAverage plans an
/// average by the `weights` of its parameters.
BTX_EXPORT MixPlan strategy_plan(const std::string& strategy, const Value& params,
                                 const MergeInputs& inputs);
/// Whether the strategy asks for the models' dev losses.
BTX_EXPORT bool needs_dev_loss(const std::string& strategy, const Value& params);
/// Whether the strategy has planned the gates itself, as it may for inputs that are mixtures.
BTX_EXPORT bool plans_gates(const MixPlan& plan);
/// Throws btx::Error (usage) if the plan's router cannot decide for single matrices and is asked
/// to.
BTX_EXPORT void check_granularity(const MixPlan& plan);
/// Adds gates and what the router owns where the plan has none, and checks the whole
/// (check_plan()). Gates whose initialisation needs a probe are normal with deviation kProbeGateStd
/// until then. Throws btx::Error (usage) for a router that does not go with the experts.
BTX_EXPORT void add_gates(MixPlan& plan, const MergeInputs& inputs, const GateInitConfig& init);
/// Deviation of gates that wait for a probe.
constexpr double kProbeGateStd = 0.02;

/// strategy_plan(), check_granularity() and add_gates(): the whole, checked plan.
BTX_EXPORT MixPlan plan_merge(const std::string& strategy, const Value& params,
                              const MergeInputs& inputs, const GateInitConfig& init);

}  // namespace btx
