#pragma once
// Tokens sorted by expert, by kernels of our own; otherwise as aten/expert_rows.hpp.

#include "kernels/aten/grouped_products.hpp"

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace btx::cuda {

/// Where the N x K slots of a dispatch stand among M = N K rows sorted by expert, each expert's by
/// token; those of no expert come last.
struct RowOrder {
  at::Tensor order;  ///< [M] int32: flat index into [N, K] of each row
  at::Tensor place;  ///< [M] int32: row of each flat index
  at::Tensor ends;   ///< [E] int32: end of each expert's rows
};

/// slots [N, K] int64, -1 for none.
RowOrder sort_by_expert(const at::Tensor& slots, std::int64_t experts);

class SortedRows : public aten::GroupedProducts {
 public:
  SortedRows(const RowOrder& rows, std::int64_t slots)
      : GroupedProducts(rows.ends), rows_(rows), slots_(slots) {}

  /// x [N, D], the row of each slot's token -> [M, D].
  at::Tensor gather(const at::Tensor& x) const;
  /// rows [M, D], summed over each token's slots with `weights` [N, K] float32, or 1 -> [N, D].
  at::Tensor combine(const at::Tensor& rows, const at::Tensor& weights) const;

  const std::int32_t* order() const { return rows_.order.const_data_ptr<std::int32_t>(); }
  const std::int32_t* place() const { return rows_.place.const_data_ptr<std::int32_t>(); }
  /// Where the rows of the last expert end, on the device.
  const std::int32_t* last() const {
    return rows_.ends.const_data_ptr<std::int32_t>() + rows_.ends.numel() - 1;
  }

 private:
  RowOrder rows_;
  std::int64_t slots_;
};

}  // namespace btx::cuda
