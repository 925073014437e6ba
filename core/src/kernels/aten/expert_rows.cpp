#include "kernels/aten/expert_rows.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/argsort.h>
#include <ATen/ops/searchsorted.h>

namespace btx::aten {

ExpertRows::Sorted ExpertRows::sorted(const at::Tensor& slots, std::int64_t experts) {
  Sorted rows;
  rows.none = slots < 0;
  const at::Tensor keys = slots.masked_fill(rows.none, experts).reshape(-1);
  rows.order = at::argsort(keys, /*stable=*/true, 0, /*descending=*/false);
  rows.place = at::argsort(rows.order, /*stable=*/true, 0, /*descending=*/false);
  rows.ends = at::searchsorted(keys.index_select(0, rows.order),
                               at::arange(1, experts + 1, keys.options()), /*out_int32=*/true);
  return rows;
}

at::Tensor ExpertRows::gather(const at::Tensor& x) const {
  return x.index_select(0, rows_.order.floor_divide(slots_));
}

at::Tensor ExpertRows::gather_slots(const at::Tensor& values) const {
  return values.reshape(-1).index_select(0, rows_.order);
}

at::Tensor ExpertRows::combine(const at::Tensor& rows, const at::Tensor& weights) const {
  const at::Tensor by_token =
      rows.index_select(0, rows_.place).view({rows_.none.size(0), slots_, rows.size(1)});
  by_token.masked_fill_(rows_.none.unsqueeze(-1), 0.0);
  if (weights.defined()) by_token.mul_(weights.to(rows.scalar_type()).unsqueeze(-1));
  return by_token.sum(1);
}

at::Tensor ExpertRows::scatter_slots(const at::Tensor& values) const {
  return values.index_select(0, rows_.place).view_as(rows_.none).masked_fill(rows_.none, 0.0);
}

}  // namespace btx::aten
