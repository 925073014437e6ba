#include "plan/check/check_router.hpp"

#include "mix/plan_merge.hpp"
#include "model_spec/router_info.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace btx {

namespace {

/// A layer with a router of its own must be a mixture.
void check_own_layers(const Value& recipe, const ResolvedRouter& router, const ModelConfig& model) {
  for (const auto& own : router.config.by_layer) {
    for (const auto layer : own.layers) {
      if (model.num_experts() == 0 || model.is_mixture(layer)) continue;
      ValuePath path = router_path(router, "by_layer");
      path.insert(path.end(), {own.name, "layers"});
      fail_at(nearest(recipe, path).place,
              fmt::format("{}: layer {} is no mixture layer of the models' {}",
                          fmt::join(path, "."), layer, model.num_layers));
    }
  }
}

/// A layer's own router that does not fit the experts is told where it is written.
void check_own_params(const Value& recipe, const ResolvedRouter& router, const ModelConfig& model) {
  for (const auto& own : router.config.by_layer) {
    ModelConfig alone = model;
    alone.router = {own.type, to_json(own.params), router.config.granularity};
    ValuePath path = router_path(router, "by_layer");
    path.insert(path.end(), {own.name, "params"});
    with_place(recipe, path, [&] { experts_per_token(alone); });
  }
}

}  // namespace

ValuePath router_path(const ResolvedRouter& router, const char* key) {
  ValuePath path = router.written;
  path.emplace_back(key);
  return path;
}

void check_router_layers(const Value& recipe, const ResolvedRouter& router, std::int64_t layers) {
  const ValuePath path = router_path(router, "layers");
  for (const auto layer : router.config.layers) {
    if (layer < layers) continue;
    fail_at(nearest(recipe, path).place,
            fmt::format("{}: there is no layer {}; the models have {}, counted from 0",
                        fmt::join(path, "."), layer, layers));
  }
}

void check_routed_plan(const Value& recipe, const ResolvedRouter& router, const MixPlan& plan) {
  with_place(recipe, router_path(router, "granularity"), [&] { check_granularity(plan); });
  const bool own = router.written.size() > 1;
  if (own && plan.config.num_experts() == 0) {
    fail_at(nearest(recipe, router.written).place,
            fmt::format("{}: there are no mixture layers in what is merged here; remove it",
                        fmt::join(router.written, ".")));
  }
  check_own_layers(recipe, router, plan.config);
  check_own_params(recipe, router, plan.config);
}

}  // namespace btx
