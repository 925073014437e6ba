#pragma once
// Merges models.

#include "config/value.hpp"
#include "pipeline/stage_context.hpp"
#include "recipe/schema/router.hpp"
#include "stages/expert_field.hpp"

#include <btx/params.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace btx {

/// What a merge needs of [router]: all but what only training reads.
struct MergedRouter {
  std::string type;
  Value params;
  std::vector<std::int64_t> layers;
  Granularity granularity = Granularity::ffn;
  GateInitConfig init;
  std::vector<LayerRouterConfig> by_layer;

  /// Converts to the form that ModelConfig stores.
  RouterChoice choice() const;

  void fields(Fields& f) {
    f("type", type, "router plugin");
    f("params", params, "parameters of the router plugin");
    f("layers", layers, "layers that become mixtures; empty: all");
    f("granularity", granularity, "what one decision is for");
    f("init", init, "first weights of the gates");
    f("by_layer", by_layer, "routers of single layers", {.omit_default = true});
  }
};

/// Inputs: "model/NAME" of every model, in order; "dev_loss/NAME" if the strategy asks for it.
struct MixWork {
  static constexpr const char* kKind = "mix";
  static constexpr std::int64_t kNumerics = 1;
  std::string purpose;  ///< the name that random numbers are derived from
  std::int64_t seed = 0;
  std::string strategy;
  Value params;
  std::vector<ExpertField> models;
  std::vector<std::string> domains;
  std::optional<MergedRouter> router;  ///< for gates that the strategy does not plan

  void fields(Fields& f) {
    f("purpose", purpose, "name that random numbers are derived from");
    f("seed", seed, "seed of the random numbers");
    f("strategy", strategy, "merge plugin");
    f("params", params, "parameters of the merge plugin");
    f("models", models, "models that are merged");
    f("domains", domains, "domains of the recipe");
    f("router", router, "router of the result, if its gates are made here");
  }
};

/// mix.json: what was planned, and digests of what was read and written.
struct MergeRecord {
  Value read;           ///< digest by "role/file"
  std::string written;  ///< digest of the result
  Value origins;        ///< of each tensor: the "role:tensor" that it comes from

  void fields(Fields& f) {
    f("read", read, "digests of the files that were read");
    f("written", written, "digest of the result");
    f("origins", origins, "tensors that each tensor comes from");
  }
};

/// Writes the merged model and mix.json.
BTX_EXPORT void run(const MixWork& work, const StageContext& context);

}  // namespace btx
