// A router's gate: rows in the compute type, weights and logits in float32, so that no copy of the
// rows in float32 is made.
#include "kernels/aten/weight_gradient.hpp"
#include "kernels/cuda/module.hpp"
#include "kernels/cuda/ops.hpp"
#include "kernels/reference/routing.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

namespace btx::cuda {
namespace {

struct Gate : torch::autograd::Function<Gate> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& w) {
    const at::Tensor rows = x.contiguous();
    TORCH_CHECK(rows.size(1) == w.size(1), "gate: rows of ", rows.size(1), " and weights of ",
                w.size(1));
    at::Tensor logits = at::empty({rows.size(0), w.size(0)}, w.options().requires_grad(false));
    BTX_CUDA(gate)
    (type_of(rows), rows.const_data_ptr(), w.const_data_ptr<float>(), rows.size(0), rows.size(1),
     w.size(0), logits.mutable_data_ptr<float>());
    context->save_for_backward({rows, w});
    return logits;
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &rows = saved[0], &w = saved[1], dlogits = grads[0].contiguous();
    const bool wants_dx = context->needs_input_grad(0), wants_dw = context->needs_input_grad(1);
    const std::int64_t partials = gate_partials(rows.size(0), rows.size(1), w.size(0));
    const aten::GradientSum dw = wants_dw ? aten::gradient_sum(w) : aten::GradientSum{};
    at::Tensor dx, partial;
    if (wants_dx) dx = at::empty_like(rows);
    if (wants_dw) partial = at::empty({partials, w.size(0), w.size(1)}, dlogits.options());
    BTX_CUDA(gate_backward)
    (type_of(rows), dlogits.const_data_ptr<float>(), rows.const_data_ptr(),
     w.const_data_ptr<float>(), rows.size(0), rows.size(1), w.size(0),
     wants_dx ? dx.mutable_data_ptr() : nullptr,
     wants_dw ? dw.sum.mutable_data_ptr<float>() : nullptr,
     wants_dw ? partial.mutable_data_ptr<float>() : nullptr);
    return {dx, dw.for_autograd};
  }
};

}  // namespace

at::Tensor gate(const at::Tensor& x, const Weight& w) {
  const bool rows = x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16;
  if (!rows || w.master.scalar_type() != at::kFloat) return reference::gate(x, w);
  return Gate::apply(x, w.master);
}

}  // namespace btx::cuda
