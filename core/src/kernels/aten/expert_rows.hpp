#pragma once
// Tokens sorted by expert.

#include "kernels/aten/grouped_products.hpp"

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace btx::aten {

/// The N x K slots of a dispatch as M = N K rows sorted by expert, each expert's by token; those of
/// no expert come last. All shapes are known beforehand, so that the host need not wait for a GPU.
class ExpertRows : public GroupedProducts {
 public:
  /// slots [N, K] int64, -1 for none.
  ExpertRows(const at::Tensor& slots, std::int64_t experts)
      : ExpertRows(sorted(slots, experts), slots.size(1)) {}

  /// x [N, D], the row of each slot's token -> [M, D].
  at::Tensor gather(const at::Tensor& x) const;
  /// values [N, K] -> [M], by row.
  at::Tensor gather_slots(const at::Tensor& values) const;
  /// rows [M, D], summed over each token's slots with `weights` [N, K], or 1 -> [N, D] in the type
  /// of rows. What rows of no expert hold does not matter.
  at::Tensor combine(const at::Tensor& rows, const at::Tensor& weights) const;
  /// values [M] by row -> [N, K], 0 for slots of no expert.
  at::Tensor scatter_slots(const at::Tensor& values) const;

 private:
  struct Sorted {
    at::Tensor none;   ///< [N, K] bool: of no expert
    at::Tensor order;  ///< [M] flat index into [N, K] of each row
    at::Tensor place;  ///< [M] row of each flat index
    at::Tensor ends;   ///< [E] int32: end of each expert's rows
  };
  static Sorted sorted(const at::Tensor& slots, std::int64_t experts);
  ExpertRows(const Sorted& rows, std::int64_t slots)
      : GroupedProducts(rows.ends), rows_(rows), slots_(slots) {}

  Sorted rows_;
  std::int64_t slots_;
};

}  // namespace btx::aten
