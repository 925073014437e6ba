#pragma once
// [router]: of the mixture layers.

#include "config/value.hpp"

#include <btx/model_config.hpp>
#include <btx/params.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace btx {

/// Over which tokens a balance's means are taken.
enum class BalanceScope { global, micro_batch, sequence };
template <>
inline constexpr auto kEnumNames<BalanceScope> = std::array{"global", "micro_batch", "sequence"};

/// How gates get their first weights.
struct GateInitConfig {
  std::string type;
  Value params;
  std::int64_t probe_tokens = 65536;
  void fields(Fields& f) {
    f("type", type, "plugin that initialises gates", {.required = true});
    f("params", params, "of the gate initialisation");
    f("probe_tokens", probe_tokens,
      "train tokens of each domain that a probe reads, if the plugin needs one",
      {.min = 1, .unit = Unit::tokens});
  }
};

/// A router for some layers alone.
struct LayerRouterConfig {
  std::string name;
  std::vector<std::int64_t> layers;
  std::string type;
  Value params;
  void fields(Fields& f) {
    f("name", name, "for messages and overrides", {.required = true});
    f("layers", layers, "mixture layers that it decides in, from 0", {.min = 0, .required = true});
    f("type", type, "router plugin; empty: that of [router]");
    f("params", params, "of the router plugin; with the same plugin laid on those of [router]");
  }
};

/// The routers of one model: [router], or that with a baseline's own laid on it.
struct RouterConfig {
  std::string type;
  Value params;
  Granularity granularity = Granularity::ffn;
  std::vector<std::int64_t> layers;
  GateInitConfig init;
  Value balance;
  BalanceScope balance_scope = BalanceScope::global;
  std::vector<LayerRouterConfig> by_layer;
  void fields(Fields& f) {
    f("type", type, "plugin that routes tokens to experts", {.required = true});
    f("params", params, "of the router plugin");
    f("layers", layers, "layers that become mixtures, from 0; empty: all", {.min = 0});
    f("granularity", granularity,
      "ffn: one decision for each mixture layer; linear: for each matrix of it; model: the first "
      "mixture layer's decision holds for all");
    f("init", init, "first weights of the gates");
    f("balance", balance, "a table for each balance plugin, with its parameters");
    f("balance_scope", balance_scope,
      "over which tokens a balance's means are taken; global: the whole step, exactly");
    f("by_layer", by_layer, "routers of single layers, in the place of type and params");
  }
};

}  // namespace btx
