#pragma once
// Mixtures whose experts are copies of one dense model's FFNs (sparse upcycling and its kin).

#include "common/ffn.hpp"

#include <functional>

namespace merges {

/// One matrix of one expert.
struct ExpertMatrix {
  std::string name;  ///< of the tensor in the result
  const btx::TensorInfo& source;
  std::int64_t layer = 0;
  std::string part;
  std::int64_t copy = 0;
  Shard shard;
};

/// The plan of `copies` x `shards` experts: where each expert's matrices come from is said by
/// `origin`, everything else is copied. Experts are "copy0", or "copy0.1" of group "copy0".
/// Throws btx::Error (usage) unless there is exactly one input, and it is dense.
btx::MixPlan plan_copies(const btx::MergeInputs& inputs, std::int64_t copies, std::int64_t shards,
                         const std::function<btx::Origin(const ExpertMatrix&)>& origin);

}  // namespace merges
