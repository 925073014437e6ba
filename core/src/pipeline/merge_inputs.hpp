#pragma once
// From models and a recipe's router to a checked plan of a merge; shared by planning and mixing.

#include "model/layout.hpp"
#include "plugin/component.hpp"
#include "recipe/schema.hpp"

#include <btx/gate_init.hpp>
#include <btx/merge_strategy.hpp>
#include <btx/router_traits.hpp>

#include <string>
#include <vector>

namespace btx {

/// Throws btx::Error (usage) for models that cannot be merged.   `seed` is the mix stage's.
BTX_EXPORT MergeInputs merge_inputs(std::vector<MergeInput> models, const RouterConfig& router,
                                    std::vector<std::string> domains, std::uint64_t seed);

/// What the strategy plans: everything but gates and what the router owns.
BTX_EXPORT MixPlan strategy_plan(const std::string& strategy, const Value& params,
                                 const MergeInputs& inputs);
/// Whether the strategy has planned the gates itself, as it may for inputs that are mixtures.
BTX_EXPORT bool plans_gates(const MixPlan& plan);
/// Adds gates and what the router owns where the plan has none, and checks the whole
/// (check_plan()). Gates whose initialisation needs a probe are normal with deviation kProbeGateStd
/// until then. Throws btx::Error (usage) for a router that does not go with its granularity or the
/// experts.
BTX_EXPORT void add_routing(MixPlan& plan, const MergeInputs& inputs, const GateInitConfig& init);
/// Both.
BTX_EXPORT MixPlan plan_merge(const std::string& strategy, const Value& params,
                              const MergeInputs& inputs, const GateInitConfig& init);
constexpr double kProbeGateStd = 0.02;

/// First weights of one gate, [E, width]. With `by_group` experts of one group share a row.
BTX_EXPORT std::vector<float> gate_weights(const Component<GateInit>& init, const GateSite& site,
                                           const GateProbe* probe, bool by_group);
/// The site as an initialisation is told of it.
BTX_EXPORT GateSite gate_site(const ModelConfig& config, const RoutingSite& site,
                              std::uint64_t seed);

/// Every tensor of the model, what its router owns included.
BTX_EXPORT std::vector<TensorInfo> all_tensors(const ModelConfig& config);
/// Experts a token runs through, as the model's router declares, as a mean over mixture layers; 1
/// for a dense model.
BTX_EXPORT double experts_per_token(const ModelConfig& config);
/// What the model's router says of itself.
BTX_EXPORT RouterTraits router_traits(const ModelConfig& config);
/// Whether Mixtral computes the same, as the router declares.
BTX_EXPORT bool is_mixtral(const ModelConfig& config);

BTX_EXPORT Value to_value(const ExpertInfo& info);
BTX_EXPORT ExpertInfo expert_from(const Value& value);
/// The part of [router] that a mix uses: type, params, granularity, layers, init.
BTX_EXPORT Value router_value(const RouterConfig& router);
BTX_EXPORT RouterConfig router_from(const Value& value);

}  // namespace btx
