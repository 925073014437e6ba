#include "pipeline/merge_inputs.hpp"

#include "mix/check_plan.hpp"
#include "recipe/config.hpp"

#include <btx/error.hpp>
#include <btx/random.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace btx {
namespace {

Component<RouterDescription> router_of(const ModelConfig& config) {
  return make_component<RouterDescription>(config.router.type,
                                           from_json(config.router.params, "router parameters"));
}

void check_granularity(const ModelConfig& config, const RouterTraits& traits) {
  if (config.router.granularity != "linear" || traits.linear) return;
  throw Error(ExitCode::usage,
              fmt::format("router '{}' does not go with granularity \"linear\"; use \"ffn\" or "
                          "\"model\", or a router that declares that it routes single matrices",
                          config.router.type));
}

bool plans(const MixPlan& plan, const std::string& name) {
  return std::any_of(plan.tensors.begin(), plan.tensors.end(),
                     [&](const PlannedTensor& tensor) { return tensor.info.name == name; });
}

void add_gates(MixPlan& plan, const GateInitConfig& config, std::uint64_t seed) {
  const auto init = make_component<GateInit>(config.type, config.params);
  const bool probed = init.call([](const GateInit& i) { return i.needs_probe(); });
  for (const auto& site : routing_sites(plan.config)) {
    const TensorInfo info{site.gate, DType::float32, {plan.config.num_experts(), site.width}};
    if (probed) {
      plan.tensors.push_back({info, InitOrigin{kProbeGateStd, 0}});
      continue;
    }
    const bool by_group = plan.gate_rows_by_group;
    FunctionOrigin origin{{}, false, config.type, {}};
    origin.apply = [init, by_group, place = gate_site(plan.config, site, seed)](
                       const auto& /*inputs*/, std::uint64_t /*index*/, std::span<float> out) {
      const auto weights = gate_weights(init, place, nullptr, by_group);
      std::copy(weights.begin(), weights.end(), out.begin());
    };
    plan.tensors.push_back({info, std::move(origin)});
  }
}

/// The router's own tensors; returns what they are.
std::vector<TensorInfo> add_router_tensors(MixPlan& plan) {
  std::vector<TensorInfo> infos;
  const auto router = router_of(plan.config);
  for (const auto& site : routing_sites(plan.config)) {
    const auto own =
        router.call([&](const RouterDescription& r) { return r.tensors(plan.config, site.layer); });
    for (const auto& tensor : own) {
      const TensorInfo info{router_tensor_name(site.layer, tensor.name), DType::float32,
                            tensor.shape};
      infos.push_back(info);
      if (plans(plan, info.name)) continue;
      plan.tensors.push_back({info, InitOrigin{tensor.normal_std, tensor.mean}});
    }
  }
  return infos;
}

}  // namespace

RouterTraits router_traits(const ModelConfig& config) {
  return router_of(config).call(
      [&](const RouterDescription& r) { return r.traits(config.num_experts()); });
}

MergeInputs merge_inputs(std::vector<MergeInput> models, const RouterConfig& router,
                         std::vector<std::string> domains, std::uint64_t seed) {
  check_mergeable(models);
  MergeInputs inputs;
  const std::int64_t layers = models.front().config.num_layers;
  inputs.layers.assign(static_cast<std::size_t>(layers), router.layers.empty());
  for (const auto layer : router.layers) {
    inputs.layers.at(static_cast<std::size_t>(layer)) = true;
  }
  inputs.models = std::move(models);
  inputs.router = {router.type, to_json(router.params), router.granularity};
  inputs.domains = std::move(domains);
  inputs.seed = seed;
  return inputs;
}

MixPlan strategy_plan(const std::string& strategy, const Value& params, const MergeInputs& inputs) {
  const auto component = make_component<MergeStrategy>(strategy, params);
  return component.call([&](const MergeStrategy& s) { return s.plan(inputs); });
}

bool plans_gates(const MixPlan& plan) {
  const auto sites = routing_sites(plan.config);
  return !sites.empty() && plans(plan, sites.front().gate);
}

void add_routing(MixPlan& plan, const MergeInputs& inputs, const GateInitConfig& init) {
  std::vector<TensorInfo> router_tensors;
  if (plan.config.num_experts() > 0) {
    check_granularity(plan.config, router_traits(plan.config));
    if (!plans_gates(plan)) add_gates(plan, init, inputs.seed);
    router_tensors = add_router_tensors(plan);
  }
  check_plan(plan, inputs.models, router_tensors);
}

MixPlan plan_merge(const std::string& strategy, const Value& params, const MergeInputs& inputs,
                   const GateInitConfig& init) {
  MixPlan plan = strategy_plan(strategy, params, inputs);
  add_routing(plan, inputs, init);
  return plan;
}

GateSite gate_site(const ModelConfig& config, const RoutingSite& site, std::uint64_t seed) {
  return {site.layer, site.part, config.experts, site.width, random_key(seed, "init/" + site.gate)};
}

std::vector<float> gate_weights(const Component<GateInit>& init, const GateSite& site,
                                const GateProbe* probe, bool by_group) {
  auto weights = init.call([&](const GateInit& i) { return i.weights(site, probe); });
  const auto width = static_cast<std::size_t>(site.width);
  if (weights.size() != site.experts.size() * width) {
    throw Error(ExitCode::plugin, fmt::format("{}: {} weights for a gate of {} x {}", init.who(),
                                              weights.size(), site.experts.size(), width));
  }
  for (std::size_t e = 0; by_group && e < site.experts.size(); ++e) {
    std::size_t first = 0;
    while (site.experts[first].group != site.experts[e].group) ++first;
    std::copy_n(weights.begin() + static_cast<std::ptrdiff_t>(first * width), width,
                weights.begin() + static_cast<std::ptrdiff_t>(e * width));
  }
  return weights;
}

std::vector<TensorInfo> all_tensors(const ModelConfig& config) {
  std::vector<TensorInfo> tensors = tensor_layout(config);
  if (config.num_experts() == 0) return tensors;
  const auto router = router_of(config);
  for (const auto& site : routing_sites(config)) {
    const auto own =
        router.call([&](const RouterDescription& r) { return r.tensors(config, site.layer); });
    for (const auto& tensor : own) {
      tensors.push_back(
          {router_tensor_name(site.layer, tensor.name), DType::float32, tensor.shape});
    }
  }
  return tensors;
}

double experts_per_token(const ModelConfig& config) {
  if (config.num_experts() == 0) return 1;
  const auto router = router_of(config);
  const auto layers = std::count(config.mixture.begin(), config.mixture.end(), true);
  double total = 0;
  for (std::int64_t index = 0; index < layers; ++index) {
    // Where one decision holds for all layers, it is the first one's.
    const std::int64_t decided = config.router.granularity == "model" ? 0 : index;
    total += router.call([&](const RouterDescription& r) {
      return r.experts_per_token(config.num_experts(), decided);
    });
  }
  return layers == 0 ? 1 : total / static_cast<double>(layers);
}

bool is_mixtral(const ModelConfig& config) {
  return config.num_experts() > 0 && router_traits(config).mixtral;
}

Value to_value(const ExpertInfo& info) {
  Value value;
  value.set("name", Value(info.name));
  value.set("domain", Value(info.domain));
  value.set("group", Value(info.group));
  return value;
}

ExpertInfo expert_from(const Value& value) {
  return {value.at("name").as<std::string>(), value.at("domain").as<std::string>(),
          value.at("group").as<std::string>()};
}

Value router_value(const RouterConfig& router) {
  Value value;
  value.set("type", Value(router.type));
  value.set("params", router.params);
  Array layers;
  for (const auto layer : router.layers) layers.emplace_back(layer);
  value.set("layers", Value(std::move(layers)));
  value.set("granularity", Value(router.granularity));
  value.set("init", write_config(router.init));
  return value;
}

RouterConfig router_from(const Value& value) {
  return read_config<RouterConfig>(value, "[router]");
}

}  // namespace btx
