// [router], and those of single models and layers.
#include "plan/resolve/resolver.hpp"
#include "recipe/merge.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

namespace btx {

/// Fills in the parameters of a router that is written at `written`.
ResolvedRouter Resolver::resolve_router(RouterConfig& router, const ValuePath& written) {
  const auto at = [&](std::initializer_list<std::string> keys) {
    ValuePath path = written;
    path.insert(path.end(), keys);
    return path;
  };
  ResolvedRouter resolved;
  resolved.written = written;
  router.params = params_of("router", router.type, router.params, at({"type"}));
  router.init.params =
      params_of("gate_init", router.init.type, router.init.params, at({"init", "type"}));
  refuse_twice(router.layers, at({"layers"}));
  for (auto& [name, params, place] : router.balance.as<Table>()) {
    if (!params.is<Table>()) {
      fail_at(params.place,
              fmt::format("{}.{} must be a table", fmt::join(at({"balance"}), "."), name));
    }
    params = params_of("balance", name, params, at({"balance", name}));
    resolved.balances.push_back({name, params});
  }
  resolve_layer_routers(router, at({"by_layer"}));
  resolved.config = router;
  return resolved;
}

/// Routers of single layers: no layer has two, and where one decision holds for all there are none.
void Resolver::resolve_layer_routers(RouterConfig& router, const ValuePath& written) {
  const std::string where = fmt::format("{}", fmt::join(written, "."));
  if (!router.by_layer.empty() && router.granularity == Granularity::model) {
    refuse(written, where +
                        ": with granularity \"model\" the first mixture layer decides for all; "
                        "take one of the two out");
  }
  std::set<std::int64_t> taken;
  for (auto& own : router.by_layer) {
    ValuePath path = written;
    path.push_back(own.name);
    check_name(path, where, own.name);
    if (own.layers.empty()) refuse(path, fmt::format("{}.{}: needs layers", where, own.name));
    for (const auto layer : own.layers) {
      if (taken.insert(layer).second) continue;
      refuse(path, fmt::format("{}.{}: layer {} is given twice", where, own.name, layer));
    }
    Value laid = router.params;
    if (own.type.empty()) own.type = router.type;
    if (own.type != router.type) laid = {};
    merge(laid, own.params);
    path.emplace_back("type");
    own.params = params_of("router", own.type, laid, path);
  }
}

}  // namespace btx
