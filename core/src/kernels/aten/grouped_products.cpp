#include "kernels/aten/grouped_products.hpp"

#include "kernels/aten/weight_gradient.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_grouped_mm.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/zeros.h>

namespace btx::aten {
namespace {

/// One kernel for all experts, without a wait: of bfloat16 on a GPU, where rows of both matrices
/// begin at 16 bytes.
bool grouped(const at::Tensor& a, std::int64_t width, std::int64_t other) {
  return a.is_cuda() && a.scalar_type() == at::kBFloat16 && width % 8 == 0 && other % 8 == 0;
}

}  // namespace

const std::vector<std::int64_t>& GroupedProducts::offsets() const {
  if (!offsets_) {
    const at::Tensor host = ends_.cpu();
    offsets_ = {0};
    for (std::int64_t e = 0; e < host.numel(); ++e) {
      offsets_->push_back(host.const_data_ptr<std::int32_t>()[e]);
    }
  }
  return *offsets_;
}

at::Tensor GroupedProducts::products(const at::Tensor& rows, const at::Tensor& w,
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

at::Tensor GroupedProducts::multiply(const at::Tensor& rows, const at::Tensor& w) const {
  return products(rows, w, false);
}

at::Tensor GroupedProducts::multiply_transposed(const at::Tensor& rows, const at::Tensor& w) const {
  return products(rows, w, true);
}

at::Tensor GroupedProducts::weight_gradient(const at::Tensor& master, const at::Tensor& dy,
                                            const at::Tensor& x) const {
  // dy by columns and x by rows is the one form that takes experts without rows.
  if (grouped(x, dy.size(1), x.size(1))) {
    return add_gradient(master, at::_grouped_mm(dy.t(), x, ends_));
  }
  const GradientSum gradient = gradient_sum(master);
  for (std::int64_t e = 0; e < master.size(0); ++e) {
    const std::int64_t begin = offsets()[static_cast<std::size_t>(e)];
    const std::int64_t count = offsets()[static_cast<std::size_t>(e) + 1] - begin;
    if (count > 0)
      add_product(gradient.sum[e], dy.narrow(0, begin, count), x.narrow(0, begin, count));
  }
  return gradient.for_autograd;
}

}  // namespace btx::aten
