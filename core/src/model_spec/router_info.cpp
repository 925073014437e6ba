#include "model_spec/router_info.hpp"

#include "model_spec/layout.hpp"
#include "model_spec/routing_sites.hpp"
#include "model_spec/tensor_names.hpp"
#include "plugin/component.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace btx {
namespace {

Component<RouterDescription> describe(const LayerRouter& router) {
  return make_component<RouterDescription>(router.type,
                                           from_json(router.params, "router parameters"));
}

RouterTraits traits_of(const LayerRouter& router, const ModelConfig& config) {
  return describe(router).call(
      [&](const RouterDescription& r) { return r.traits(config.num_experts()); });
}

RouterSiteTensor selection_bias(const RoutingSite& site, std::int64_t experts) {
  RouterTensor tensor;
  tensor.name = kSelectionBias;
  tensor.shape = {experts};
  tensor.state = true;
  return {site, tensor, {selection_bias_name(site.layer, site.part), DType::float32, tensor.shape}};
}

}  // namespace

std::vector<RouterSiteTensor> router_tensors(const ModelConfig& config) {
  std::vector<RouterSiteTensor> all;
  if (config.num_experts() == 0) return all;
  for (const auto& site : routing_sites(config)) {
    const auto own = describe(router_of(config, site.layer)).call([&](const RouterDescription& r) {
      return r.tensors(config, site.layer);
    });
    for (const auto& tensor : own) {
      all.push_back({site,
                     tensor,
                     {router_tensor_name(site.layer, tensor.name), DType::float32, tensor.shape}});
    }
    if (config.router.selection_bias) all.push_back(selection_bias(site, config.num_experts()));
  }
  return all;
}

std::vector<TensorInfo> all_tensors(const ModelConfig& config) {
  std::vector<TensorInfo> tensors = tensor_layout(config);
  for (auto& own : router_tensors(config)) tensors.push_back(std::move(own.info));
  return tensors;
}

LayerRouter router_of(const ModelConfig& config, std::int64_t layer) {
  for (const auto& own : config.router.by_layer) {
    if (std::ranges::find(own.layers, layer) != own.layers.end()) return own;
  }
  return {{}, config.router.type, config.router.params};
}

std::vector<LayerRouter> routers_in(const ModelConfig& config) {
  std::vector<LayerRouter> all;
  if (config.num_experts() == 0) return all;
  for (std::int64_t layer = 0; layer < config.num_layers; ++layer) {
    if (!config.is_mixture(layer)) continue;
    const LayerRouter router = router_of(config, layer);
    const auto same = std::ranges::find_if(all, [&](const LayerRouter& other) {
      return other.type == router.type && other.params == router.params;
    });
    if (same == all.end()) {
      all.push_back({{layer}, router.type, router.params});
    } else {
      same->layers.push_back(layer);
    }
  }
  return all;
}

double experts_per_token(const ModelConfig& config) {
  if (config.num_experts() == 0) return 1;
  double total = 0;
  std::int64_t index = 0;
  for (std::int64_t layer = 0; layer < config.num_layers; ++layer) {
    if (!config.is_mixture(layer)) continue;
    // Where one decision holds for all layers, it is the first one's.
    const std::int64_t decided = config.router.granularity == Granularity::model ? 0 : index;
    total += describe(router_of(config, layer)).call([&](const RouterDescription& r) {
      return r.experts_per_token(config.num_experts(), decided);
    });
    ++index;
  }
  return index == 0 ? 1 : total / static_cast<double>(index);
}

RouterTraits router_traits(const ModelConfig& config) {
  const auto routers = routers_in(config);
  RouterTraits all = traits_of(routers.front(), config);
  for (const auto& router : routers) {
    const RouterTraits traits = traits_of(router, config);
    all.causal &= traits.causal;
    all.independent &= traits.independent;
    if (all.causal_substitute.empty()) all.causal_substitute = traits.causal_substitute;
    all.adaptive |= traits.adaptive;
    all.draws |= traits.draws;
    all.linear &= traits.linear;
    all.mixtral &= traits.mixtral && routers.size() == 1;
  }
  all.experts_per_token = experts_per_token(config);
  return all;
}

void check_scorable(const ModelConfig& config, const std::string& who) {
  for (const auto& router : routers_in(config)) {
    const RouterTraits traits = traits_of(router, config);
    if (traits.causal || !traits.causal_substitute.empty()) continue;
    throw Error(ExitCode::usage,
                fmt::format("{}: router '{}' with these parameters looks at later tokens or other "
                            "texts, so that the model cannot be scored; let it route in another "
                            "way outside training (router.params, see 'btx plugin info router:{}')",
                            who, router.type, router.type));
  }
}

bool is_mixtral(const ModelConfig& config) {
  return config.num_experts() > 0 && router_traits(config).mixtral;
}

}  // namespace btx
