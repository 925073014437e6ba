#pragma once
// Whether a model can be trained as [train] says: asked when a run is planned, where a fault has a
// place in the recipe, and again by what trains, for those who come without a plan.

#include "recipe/schema/train.hpp"

#include <btx/export.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace btx {

/// A setting that does not fit the model.
struct TrainingFault {
  std::string key;   ///< in [train], as "batch_tokens"
  std::string what;  ///< the value and what is wrong with it
};

/// Why a step is no whole number of sequences and micro-batches of a model of this context; nothing
/// if it is. This and all below: [any]
BTX_EXPORT std::optional<TrainingFault> step_fault(const TrainConfig& train, std::int64_t context);

/// A glob of `frozen` that matches none of the model's `tensors`, or nothing that is left:
/// `trained` are the names of those that are trained.
BTX_EXPORT std::optional<TrainingFault> frozen_fault(const std::vector<std::string>& frozen,
                                                     const std::vector<std::string>& tensors,
                                                     const std::vector<std::string>& trained);

/// A glob of a group that matches none of `tensors`, or a group that gets none of `trained`.
BTX_EXPORT std::optional<TrainingFault> group_fault(const std::vector<ParameterGroup>& groups,
                                                    const std::vector<std::string>& tensors,
                                                    const std::vector<std::string>& trained);

/// The first group that matches a tensor, as an index; groups.size() if none does.
BTX_EXPORT std::size_t group_of(const std::vector<ParameterGroup>& groups,
                                const std::string& tensor);

/// Throws btx::Error (usage) "train.KEY: WHAT" for a fault.
BTX_EXPORT void throw_if(const std::optional<TrainingFault>& fault);

}  // namespace btx
