#include "kernels/aten/weight_gradient.hpp"

#include <ATen/ops/addmm.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/zeros.h>

namespace btx::aten {
namespace {

/// The buffer that autograd would add to. Views of a leaf have none.
at::Tensor buffer_of(const at::Tensor& master) {
  return master.is_leaf() ? master.grad() : at::Tensor();
}

/// Whether a product of bfloat16 can be written as float32: cuBLAS does that, the CPU does not.
bool widens(const at::Tensor& x) {
  return x.is_cuda() && x.scalar_type() == at::kBFloat16;
}

}  // namespace

GradientSum gradient_sum(const at::Tensor& master) {
  const at::Tensor buffer = buffer_of(master);
  if (buffer.defined()) return {buffer, at::Tensor()};
  const at::Tensor sum = at::zeros(master.sizes(), master.options().requires_grad(false));
  return {sum, sum};
}

void add_product(const at::Tensor& sum, const at::Tensor& dy, const at::Tensor& x) {
  at::Tensor out = sum;
  if (widens(x)) {
    at::addmm_out(out, out, dy.t(), x, at::kFloat);
  } else if (x.scalar_type() == out.scalar_type()) {
    out.addmm_(dy.t(), x);
  } else {
    out.add_(at::mm(dy.t(), x));
  }
}

at::Tensor add_gradient(const at::Tensor& master, const at::Tensor& gradient) {
  const at::Tensor buffer = buffer_of(master);
  if (!buffer.defined()) return gradient.to(master.scalar_type());
  buffer.add_(gradient);
  return {};
}

at::Tensor weight_gradient(const at::Tensor& master, const at::Tensor& dy, const at::Tensor& x) {
  const at::Tensor buffer = buffer_of(master);
  if (!buffer.defined()) {
    return widens(x) ? at::mm(dy.t(), x, at::kFloat) : at::mm(dy.t(), x).to(master.scalar_type());
  }
  add_product(buffer, dy, x);
  return {};
}

}  // namespace btx::aten
