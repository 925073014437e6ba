#pragma once
// Tokens sorted by expert, and products of each expert's rows with its own matrix.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace btx::aten {

/// The N x K slots of a dispatch as M = N K rows sorted by expert, each expert's by token; those of
/// no expert come last. All shapes are known beforehand, so that the host need not wait for a GPU.
class ExpertRows {
 public:
  /// slots [N, K] int64, -1 for none.
  ExpertRows(const at::Tensor& slots, std::int64_t experts);

  /// x [N, D], the row of each slot's token -> [M, D].
  at::Tensor gather(const at::Tensor& x) const;
  /// values [N, K] -> [M], by row.
  at::Tensor gather_slots(const at::Tensor& values) const;
  /// rows [M, D], summed over each token's slots with `weights` [N, K], or 1 -> [N, D] in the type
  /// of rows. What rows of no expert hold does not matter.
  at::Tensor combine(const at::Tensor& rows, const at::Tensor& weights) const;
  /// values [M] by row -> [N, K], 0 for slots of no expert.
  at::Tensor scatter_slots(const at::Tensor& values) const;

  /// rows [M, I] of expert e x w[e]^T, w [E, O, I] -> [M, O]; rows of no expert hold anything.
  at::Tensor multiply(const at::Tensor& rows, const at::Tensor& w) const;
  /// The same with w[e], w [E, I, O].
  at::Tensor multiply_transposed(const at::Tensor& rows, const at::Tensor& w) const;
  /// Gradient of a weight [E, O, I]: dy_e^T x_e of each expert's rows, dy [M, O], x [M, I], added
  /// up as weight_gradient() does it. A grouped product rounds to bfloat16 before that: it has no
  /// other type of result.
  at::Tensor weight_gradient(const at::Tensor& master, const at::Tensor& dy,
                             const at::Tensor& x) const;

 private:
  /// First row of each expert and the end, on the host; the only wait for a GPU, once.
  const std::vector<std::int64_t>& offsets() const;
  at::Tensor products(const at::Tensor& rows, const at::Tensor& w, bool transposed) const;

  at::Tensor none_;   ///< [N, K] bool: of no expert
  at::Tensor order_;  ///< [M] flat index into [N, K] of each row
  at::Tensor place_;  ///< [M] row of each flat index
  at::Tensor ends_;   ///< [E] int32: end of each expert's rows
  std::int64_t slots_;
  mutable std::optional<std::vector<std::int64_t>> offsets_;
};

}  // namespace btx::aten
