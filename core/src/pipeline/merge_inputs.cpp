#include "pipeline/merge_inputs.hpp"

#include "mix/check_plan.hpp"
#include "model/layout.hpp"
#include "plugin/component.hpp"
#include "recipe/config.hpp"

#include <btx/router_traits.hpp>

#include <algorithm>

namespace btx {
namespace {

Component<RouterDescription> router_of(const ModelConfig& config) {
  return make_component<RouterDescription>(config.router.type,
                                           from_json(config.router.params, "router parameters"));
}

RouterTraits traits_of(const ModelConfig& config) {
  return router_of(config).call(
      [&](const RouterDescription& r) { return r.traits(config.num_experts()); });
}

}  // namespace

MergeInputs merge_inputs(std::vector<MergeInput> models, const RouterConfig& router) {
  check_mergeable(models);
  MergeInputs inputs;
  const std::int64_t layers = models.front().config.num_layers;
  inputs.layers.assign(static_cast<std::size_t>(layers), router.layers.empty());
  for (const auto layer : router.layers) inputs.layers.at(static_cast<std::size_t>(layer)) = true;
  inputs.models = std::move(models);
  inputs.router = {router.type, to_json(router.params)};
  inputs.router_init_std = router.init_std;
  return inputs;
}

MixPlan plan_merge(const std::string& strategy, const Value& params, const MergeInputs& inputs) {
  const auto component = make_component<MergeStrategy>(strategy, params);
  MixPlan plan = component.call([&](const MergeStrategy& s) { return s.plan(inputs); });
  std::vector<TensorInfo> router_tensors;
  if (plan.config.num_experts() > 0) {
    const auto router = router_of(plan.config);
    for (std::int64_t layer = 0; layer < plan.config.num_layers; ++layer) {
      if (!plan.config.is_mixture(layer)) continue;
      const auto own =
          router.call([&](const RouterDescription& r) { return r.tensors(plan.config, layer); });
      for (const auto& tensor : own) {
        const TensorInfo info{router_tensor_name(layer, tensor.name), DType::float32, tensor.shape};
        plan.tensors.push_back({info, InitOrigin{tensor.normal_std, tensor.mean}});
        router_tensors.push_back(info);
      }
    }
  }
  check_plan(plan, inputs.models, router_tensors);
  return plan;
}

double experts_per_token(const ModelConfig& config) {
  return config.num_experts() == 0 ? 1 : traits_of(config).experts_per_token;
}

bool is_mixtral(const ModelConfig& config) {
  return config.num_experts() > 0 && traits_of(config).mixtral;
}

Value to_value(const ExpertInfo& info) {
  Value value;
  value.set("name", Value(info.name));
  value.set("domain", Value(info.domain));
  value.set("group", Value(info.group));
  return value;
}

ExpertInfo expert_from(const Value& value) {
  return {value.find("name")->as<std::string>(), value.find("domain")->as<std::string>(),
          value.find("group")->as<std::string>()};
}

Value router_value(const RouterConfig& router) {
  Value value;
  value.set("type", Value(router.type));
  value.set("params", router.params);
  Array layers;
  for (const auto layer : router.layers) layers.emplace_back(layer);
  value.set("layers", Value(std::move(layers)));
  value.set("init_std", Value(router.init_std));
  return value;
}

RouterConfig router_from(const Value& value) {
  return read_config<RouterConfig>(value, "[router]");
}

}  // namespace btx
