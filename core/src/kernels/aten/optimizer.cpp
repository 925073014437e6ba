// The optimizer in blocks of fixed size, so that what is computed between takes little memory, and
// the bits do not depend on what else the machine does.
#include "kernels/aten/ops.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

namespace btx::aten {
namespace {

constexpr std::int64_t kBlock = std::int64_t{1} << 24;  // 64 MiB of float32

/// f(first, count) over 0..size.
template <class F>
void over_blocks(std::int64_t size, F&& f) {
  for (std::int64_t first = 0; first < size; first += kBlock) {
    f(first, std::min(kBlock, size - first));
  }
}

}  // namespace

void adamw(const AdamWStep& step, const at::Tensor& w, const at::Tensor& gradient,
           const at::Tensor& m, const at::Tensor& v, const at::Tensor& copy) {
  over_blocks(w.numel(), [&](std::int64_t first, std::int64_t count) {
    const auto part = [&](const at::Tensor& x) { return x.narrow(0, first, count); };
    reference_ops().adamw(step, part(w), part(gradient), part(m), part(v),
                          copy.defined() ? part(copy) : copy);
  });
}

at::Tensor sum_of_squares(const at::Tensor& x) {
  at::Tensor sum = at::zeros({}, x.options().dtype(at::kDouble));
  over_blocks(x.numel(), [&](std::int64_t first, std::int64_t count) {
    sum.add_(reference_ops().sum_of_squares(x.narrow(0, first, count)));
  });
  return sum;
}

}  // namespace btx::aten
