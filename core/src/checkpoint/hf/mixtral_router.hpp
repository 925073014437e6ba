#pragma once
// Which routers Mixtral computes, and which router makes a model the mixture that Mixtral is.

#include <btx/export.hpp>
#include <btx/model_config.hpp>

namespace btx {

/// What Mixtral makes of a model's router.
struct MixtralForm {
  bool same = false;                   ///< it computes the same (RouterTraits::mixtral)
  std::int64_t experts_per_token = 1;  ///< as config.json has them, a whole number
};

/// What the router of the model says of itself. Throws btx::Error as the plugin does.   [any]
BTX_EXPORT MixtralForm mixtral_form(const ModelConfig& config);

/// The first router plugin that says it computes Mixtral's weights (softmax over the kept logits)
/// with so many of `num_experts` experts a token. Throws btx::Error (plugin) if none does.   [main]
BTX_EXPORT RouterChoice mixtral_router(std::int64_t experts_per_token, std::int64_t num_experts);

}  // namespace btx
