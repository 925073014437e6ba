#pragma once
// Which router makes a model the mixture that Mixtral is.

#include <btx/export.hpp>
#include <btx/model_config.hpp>

namespace btx {

/// The first router plugin that says it computes Mixtral's weights (softmax over the kept logits)
/// with so many of `num_experts` experts a token. Throws btx::Error (plugin) if none does.   [main]
BTX_EXPORT RouterChoice mixtral_router(std::int64_t experts_per_token, std::int64_t num_experts);

}  // namespace btx
