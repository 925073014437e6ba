#include "mix/plan_merge.hpp"

#include "config/config.hpp"
#include "mix/check_plan.hpp"
#include "mix/gate_weights.hpp"
#include "model_spec/router_info.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace btx {
namespace {

bool plans(const MixPlan& plan, const std::string& name) {
  return std::any_of(plan.tensors.begin(), plan.tensors.end(),
                     [&](const PlannedTensor& tensor) { return tensor.info.name == name; });
}

FunctionOrigin gate_origin(const Component<GateInit>& init, GateSite site, bool by_group) {
  FunctionOrigin origin{{}, false, {}};
  origin.apply = [init, by_group, site = std::move(site)](
                     const auto& /*inputs*/, std::uint64_t /*index*/, std::span<float> out) {
    const auto weights = gate_weights(init, site, nullptr, by_group);
    std::copy(weights.begin(), weights.end(), out.begin());
  };
  return origin;
}

void add_site_gates(MixPlan& plan, const GateInitConfig& config, std::uint64_t seed) {
  const auto init = make_component<GateInit>(config.type, config.params);
  const bool probed = init.call([](const GateInit& i) { return i.needs_probe(); });
  for (const auto& site : routing_sites(plan.config)) {
    const TensorInfo info{site.gate, DType::float32, {plan.config.num_experts(), site.width}};
    if (probed) {
      plan.tensors.push_back({info, InitOrigin{kProbeGateStd, 0}});
    } else {
      plan.tensors.push_back(
          {info, gate_origin(init, gate_site(plan.config, site, seed), plan.gate_rows_by_group)});
    }
  }
}

/// Adds the router's own tensors that the strategy has not planned; returns what they all are.
std::vector<TensorInfo> add_router_tensors(MixPlan& plan) {
  std::vector<TensorInfo> infos;
  for (const auto& [site, tensor, info] : router_tensors(plan.config)) {
    infos.push_back(info);
    if (plans(plan, info.name)) continue;
    plan.tensors.push_back({info, InitOrigin{tensor.normal_std, tensor.mean}});
  }
  return infos;
}

}  // namespace

MergeInputs make_merge_inputs(std::vector<MergeInput> models, const RouterChoice& router,
                              const std::vector<std::int64_t>& mixture_layers,
                              std::vector<std::string> domains, std::uint64_t seed) {
  check_mergeable(models);
  MergeInputs inputs;
  const std::int64_t layers = models.front().config.num_layers;
  inputs.layers.assign(static_cast<std::size_t>(layers), mixture_layers.empty());
  for (const auto layer : mixture_layers) inputs.layers.at(static_cast<std::size_t>(layer)) = true;
  inputs.models = std::move(models);
  inputs.router = router;
  inputs.domains = std::move(domains);
  inputs.seed = seed;
  return inputs;
}

namespace {

struct AverageParams {
  std::map<std::string, double> weights;
  void fields(Fields& f) { f("weights", weights, "of each model, by name"); }
};

}  // namespace

MixPlan strategy_plan(const std::string& strategy, const Value& params, const MergeInputs& inputs) {
  if (strategy == kAverage) {
    return average_plan(inputs,
                        average_weights(inputs, read_config<AverageParams>(params, "").weights));
  }
  const auto component = make_component<MergeStrategy>(strategy, params);
  return component.call([&](const MergeStrategy& s) { return s.plan(inputs); });
}

bool needs_dev_loss(const std::string& strategy, const Value& params) {
  if (strategy == kAverage) return false;
  return make_component<MergeStrategy>(strategy, params).call([](const MergeStrategy& s) {
    return s.needs_dev_loss();
  });
}

bool plans_gates(const MixPlan& plan) {
  const auto sites = routing_sites(plan.config);
  return !sites.empty() && plans(plan, sites.front().gate);
}

void check_granularity(const MixPlan& plan) {
  if (plan.config.num_experts() == 0) return;
  if (plan.config.router.granularity != Granularity::linear) return;
  for (const auto& router : routers_in(plan.config)) {
    ModelConfig alone = plan.config;
    alone.router = {router.type, router.params, Granularity::linear};
    if (router_traits(alone).linear) continue;
    throw Error(
        ExitCode::usage,
        fmt::format("router '{}' cannot route the matrices of an FFN one by one "
                    "(granularity \"linear\"); use \"ffn\" or \"model\", or a router that can",
                    router.type));
  }
}

void add_gates(MixPlan& plan, const MergeInputs& inputs, const GateInitConfig& init) {
  std::vector<TensorInfo> router_tensors;
  if (plan.config.num_experts() > 0) {
    if (!plans_gates(plan)) add_site_gates(plan, init, inputs.seed);
    router_tensors = add_router_tensors(plan);
  }
  check_plan(plan, inputs.models, router_tensors);
}

MixPlan plan_merge(const std::string& strategy, const Value& params, const MergeInputs& inputs,
                   const GateInitConfig& init) {
  MixPlan plan = strategy_plan(strategy, params, inputs);
  check_granularity(plan);
  add_gates(plan, inputs, init);
  return plan;
}

}  // namespace btx
