#include "checkpoint/hf/mixtral_router.hpp"

#include "model_spec/router_info.hpp"
#include "plugin/component.hpp"

#include <btx/error.hpp>
#include <btx/router_description.hpp>

#include <fmt/format.h>

#include <cmath>

namespace btx {
namespace {

/// Its parameters for Mixtral, every field present; empty if it has none.
std::string mixtral_params(const std::string& router, std::int64_t experts_per_token) {
  const auto plain = make_component<RouterDescription>(router);
  const std::string params =
      plain.call([&](const RouterDescription& r) { return r.mixtral_params(experts_per_token); });
  if (params.empty()) return "";
  const Value value = from_json(params, "mixtral_params() of " + plain.who());
  return to_json(resolve_params(RouterDescription::kKind, router, value));
}

}  // namespace

MixtralForm mixtral_form(const ModelConfig& config) {
  return {is_mixtral(config), static_cast<std::int64_t>(std::lround(experts_per_token(config)))};
}

RouterChoice mixtral_router(std::int64_t experts_per_token, std::int64_t num_experts) {
  for (const auto& component : Registry::instance().components()) {
    if (component.entry.kind != RouterDescription::kKind) continue;
    const std::string params = mixtral_params(component.entry.name, experts_per_token);
    if (params.empty()) continue;
    const auto router = make_component<RouterDescription>(component.entry.name,
                                                          from_json(params, "router parameters"));
    router.call([&](const RouterDescription& r) { return r.traits(num_experts); });  // may refuse
    return {component.entry.name, params, Granularity::ffn};
  }
  throw Error(ExitCode::plugin,
              "no router plugin says that it computes Mixtral's weights (mixtral_params()); "
              "'btx plugin ls' lists what is loaded");
}

}  // namespace btx
