#include "kernels/aten/expert_rows.hpp"

#include "kernels/aten/weight_gradient.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_grouped_mm.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/argsort.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/searchsorted.h>
#include <ATen/ops/zeros.h>

namespace btx::aten {
namespace {

/// One kernel for all experts, without a wait: of bfloat16 on a GPU, where rows of both matrices
/// begin at 16 bytes.
bool grouped(const at::Tensor& a, std::int64_t width, std::int64_t other) {
  return a.is_cuda() && a.scalar_type() == at::kBFloat16 && width % 8 == 0 && other % 8 == 0;
}

}  // namespace

ExpertRows::ExpertRows(const at::Tensor& slots, std::int64_t experts)
    : none_(slots < 0), slots_(slots.size(1)) {
  const at::Tensor keys = slots.masked_fill(none_, experts).reshape(-1);
  order_ = at::argsort(keys, /*stable=*/true, 0, /*descending=*/false);
  place_ = at::argsort(order_, /*stable=*/true, 0, /*descending=*/false);
  ends_ = at::searchsorted(keys.index_select(0, order_), at::arange(1, experts + 1, keys.options()),
                           /*out_int32=*/true);
}

const std::vector<std::int64_t>& ExpertRows::offsets() const {
  if (!offsets_) {
    const at::Tensor host = ends_.cpu();
    offsets_ = {0};
    for (std::int64_t e = 0; e < host.numel(); ++e) {
      offsets_->push_back(host.const_data_ptr<std::int32_t>()[e]);
    }
  }
  return *offsets_;
}

at::Tensor ExpertRows::gather(const at::Tensor& x) const {
  return x.index_select(0, order_.floor_divide(slots_));
}

at::Tensor ExpertRows::gather_slots(const at::Tensor& values) const {
  return values.reshape(-1).index_select(0, order_);
}

at::Tensor ExpertRows::combine(const at::Tensor& rows, const at::Tensor& weights) const {
  const at::Tensor by_token =
      rows.index_select(0, place_).view({none_.size(0), slots_, rows.size(1)});
  by_token.masked_fill_(none_.unsqueeze(-1), 0.0);
  if (weights.defined()) by_token.mul_(weights.to(rows.scalar_type()).unsqueeze(-1));
  return by_token.sum(1);
}

at::Tensor ExpertRows::scatter_slots(const at::Tensor& values) const {
  return values.index_select(0, place_).view_as(none_).masked_fill(none_, 0.0);
}

at::Tensor ExpertRows::products(const at::Tensor& rows, const at::Tensor& w,
                                bool transposed) const {
  const at::Tensor by = transposed ? w : w.transpose(1, 2);  // [E, I, O]
  if (grouped(rows, by.size(1), by.size(2))) return at::_grouped_mm(rows, by, ends_);
  at::Tensor out = at::zeros({rows.size(0), by.size(2)}, rows.options());
  for (std::int64_t e = 0; e < w.size(0); ++e) {
    const std::int64_t begin = offsets()[static_cast<std::size_t>(e)];
    const std::int64_t count = offsets()[static_cast<std::size_t>(e) + 1] - begin;
    if (count == 0) continue;
    at::Tensor block = out.narrow(0, begin, count);
    at::mm_out(block, rows.narrow(0, begin, count), by[e]);
  }
  return out;
}

at::Tensor ExpertRows::multiply(const at::Tensor& rows, const at::Tensor& w) const {
  return products(rows, w, false);
}

at::Tensor ExpertRows::multiply_transposed(const at::Tensor& rows, const at::Tensor& w) const {
  return products(rows, w, true);
}

at::Tensor ExpertRows::weight_gradient(const at::Tensor& master, const at::Tensor& dy,
                                       const at::Tensor& x) const {
  // dy by columns and x by rows is the one form that takes experts without rows.
  if (grouped(x, dy.size(1), x.size(1))) {
    return add_gradient(master, at::_grouped_mm(dy.t(), x, ends_));
  }
  const bool direct = master.is_leaf() && master.grad().defined();
  const at::Tensor sum =
      direct ? master.grad() : at::zeros(master.sizes(), master.options().requires_grad(false));
  for (std::int64_t e = 0; e < master.size(0); ++e) {
    const std::int64_t begin = offsets()[static_cast<std::size_t>(e)];
    const std::int64_t count = offsets()[static_cast<std::size_t>(e) + 1] - begin;
    if (count > 0) add_product(sum[e], dy.narrow(0, begin, count), x.narrow(0, begin, count));
  }
  return direct ? at::Tensor() : sum;
}

}  // namespace btx::aten
