#include "kernels/cuda/sorted_rows.hpp"

#include "kernels/cuda/module.hpp"

#include <ATen/ops/empty.h>

namespace btx::cuda {

RowOrder sort_by_expert(const at::Tensor& slots, std::int64_t experts) {
  const at::Tensor all = slots.contiguous();
  const auto options = slots.options().dtype(at::kInt);
  RowOrder rows{at::empty({all.numel()}, options), at::empty({all.numel()}, options),
                at::empty({experts}, options)};
  at::Tensor counts;
  if (all.numel() > kSortAtOnce || experts > kSortAtOnceExperts) {
    counts = at::empty({(all.numel() + kSortBlock - 1) / kSortBlock + 1, experts + 1}, options);
  }
  BTX_CUDA(sort_by_expert)
  (all.const_data_ptr<std::int64_t>(), all.numel(), experts,
   rows.order.mutable_data_ptr<std::int32_t>(), rows.place.mutable_data_ptr<std::int32_t>(),
   rows.ends.mutable_data_ptr<std::int32_t>(),
   counts.defined() ? counts.mutable_data_ptr<std::int32_t>() : nullptr);
  return rows;
}

at::Tensor SortedRows::gather(const at::Tensor& x) const {
  const at::Tensor tokens = x.contiguous();
  const std::int64_t rows = rows_.order.numel();
  at::Tensor out = at::empty({rows, x.size(1)}, x.options().requires_grad(false));
  BTX_CUDA(gather_rows)
  (type_of(x), tokens.const_data_ptr(), order(), rows, slots_, x.size(1), out.mutable_data_ptr());
  return out;
}

at::Tensor SortedRows::combine(const at::Tensor& rows, const at::Tensor& weights) const {
  const std::int64_t tokens = rows.size(0) / slots_;
  const at::Tensor w = weights.defined() ? weights.contiguous() : weights;
  at::Tensor out = at::empty({tokens, rows.size(1)}, rows.options());
  BTX_CUDA(combine_rows)
  (type_of(rows), rows.const_data_ptr(), place(), w.defined() ? w.const_data_ptr<float>() : nullptr,
   last(), tokens, slots_, rows.size(1), out.mutable_data_ptr());
  return out;
}

}  // namespace btx::cuda
