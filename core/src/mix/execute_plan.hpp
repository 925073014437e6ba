#pragma once
// Carries out a MixPlan: reads slices of the inputs, computes in float32, casts once, writes in
// file order. Memory is bounded by the slice for elementwise origins, by the largest tensor else.

#include "checkpoint/model_folder.hpp"

#include <btx/merge_strategy.hpp>

#include <cstdint>
#include <vector>

namespace btx {

/// Elements of one slice.
constexpr std::size_t kPlanSlice = std::size_t{1} << 20;

/// Writes the tensors of a checked plan to `file` (safetensors). Initial values are a function of
/// (seed, name, index). The same inputs give the same bytes.
/// Throws btx::Error for what cannot be read or written.   [any]
BTX_EXPORT void execute_plan(const MixPlan& plan, const std::vector<const ModelFolder*>& models,
                             std::uint64_t seed, const fs::path& file);

/// Bytes of memory that execute_plan() needs for its buffers.
BTX_EXPORT std::uint64_t plan_peak_bytes(const MixPlan& plan,
                                         const std::vector<MergeInput>& models);

}  // namespace btx
