#pragma once
// Checks of a MixPlan before anything is written.

#include "checkpoint/model_folder.hpp"

#include <btx/merge_strategy.hpp>

#include <string>
#include <vector>

namespace btx {

/// Throws btx::Error (usage) unless the models have equal shapes: every size, rope, norm and tying
/// the same. The message names the first field that differs and both models.
BTX_EXPORT void check_mergeable(const std::vector<MergeInput>& models);

/// Throws btx::Error (plugin) unless every tensor of the result's layout has exactly one origin of
/// the right shape, every reference exists, and every input tensor is used or listed as unused.
/// `router_tensors`: names of the router's own tensors that the result must have, with shapes.
BTX_EXPORT void check_plan(const MixPlan& plan, const std::vector<MergeInput>& models,
                           const std::vector<TensorInfo>& router_tensors);

/// The tensors an origin reads.
BTX_EXPORT std::vector<TensorRef> references(const Origin& origin);

}  // namespace btx
