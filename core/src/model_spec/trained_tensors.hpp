#pragma once
// Which tensors of a model are trained.

#include <btx/export.hpp>
#include <btx/model_config.hpp>

#include <string>
#include <vector>

namespace btx {

/// Names of the tensors that the optimizer changes, in the order of all_tensors(): all but those
/// that a glob of `frozen` matches, and a router's state, which its after_step() alone changes.
/// Throws btx::Error as all_tensors().   [any]
BTX_EXPORT std::vector<std::string> trained_tensors(const ModelConfig& config,
                                                    const std::vector<std::string>& frozen);

}  // namespace btx
