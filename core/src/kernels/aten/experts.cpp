// The experts of a mixture layer on rows sorted by expert, without atomic sums, so that the bits
// are the same every time. Kept for the backward pass are the input, the routing and an expert's
// first product; the gradient of a slot's weight is <dA, A> at the FFN's inner activation, so that
// experts' outputs are not kept (SonicMoE, arXiv:2512.14080).
#include "kernels/aten/expert_rows.hpp"
#include "kernels/aten/ops.hpp"

#include <ATen/TensorOperators.h>

namespace btx::aten {
namespace {

/// Row by row <a, b>, in float32 at least.
at::Tensor dots(const at::Tensor& a, const at::Tensor& b) {
  return (a * b).sum(-1, false, a.scalar_type() == at::kDouble ? at::kDouble : at::kFloat);
}

at::Tensor as_column(const at::Tensor& weights, const at::Tensor& like) {
  return weights.to(like.scalar_type()).unsqueeze(1);
}

struct ExpertFfn : torch::autograd::Function<ExpertFfn> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& up,
                            const at::Tensor& down, const at::Tensor& weights,
                            const at::Tensor& up_compute, const at::Tensor& down_compute,
                            const at::Tensor& slots) {
    const ExpertRows rows(slots, up.size(0));
    const at::Tensor h = rows.multiply(rows.gather(x), up_compute);
    const at::Tensor y = rows.multiply(swiglu_of(h), down_compute);
    context->save_for_backward({x, up, down, weights, up_compute, down_compute, slots, h});
    return rows.combine(y, weights);
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &up = saved[1], &down = saved[2], &weights = saved[3];
    const at::Tensor& h = saved[7];
    const ExpertRows rows(saved[6], up.size(0));
    const at::Tensor dy = rows.gather(grads[0]);
    const at::Tensor row_weights = as_column(rows.gather_slots(weights), h);
    const at::Tensor a = swiglu_of(h);
    at::Tensor da = rows.multiply_transposed(dy, saved[5]);
    const at::Tensor dweights = rows.scatter_slots(dots(da, a)).to(weights.scalar_type());
    at::Tensor d_up, d_down;  // stay undefined for frozen experts
    if (context->needs_input_grad(2)) d_down = rows.weight_gradient(down, dy, a * row_weights);
    const at::Tensor dh = swiglu_backward(h, da.mul_(row_weights));
    if (context->needs_input_grad(1)) d_up = rows.weight_gradient(up, dh, rows.gather(x));
    const at::Tensor dx = rows.combine(rows.multiply_transposed(dh, saved[4]), {});
    return {dx, d_up, d_down, dweights, at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

struct ExpertLinear : torch::autograd::Function<ExpertLinear> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& w,
                            const at::Tensor& weights, const at::Tensor& w_compute,
                            const at::Tensor& slots) {
    const ExpertRows rows(slots, w.size(0));
    context->save_for_backward({x, w, weights, w_compute, slots});
    return rows.combine(rows.multiply(rows.gather(x), w_compute), weights);
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &w = saved[1], &weights = saved[2];
    const ExpertRows rows(saved[4], w.size(0));
    const at::Tensor dy = rows.gather(grads[0]);
    const at::Tensor mine = rows.gather(x);
    const at::Tensor dx_rows = rows.multiply_transposed(dy, saved[3]);
    const at::Tensor dweights = rows.scatter_slots(dots(dx_rows, mine)).to(weights.scalar_type());
    at::Tensor dw;
    if (context->needs_input_grad(1)) {
      dw = rows.weight_gradient(w, dy * as_column(rows.gather_slots(weights), dy), mine);
    }
    return {rows.combine(dx_rows, weights), dw, dweights, at::Tensor(), at::Tensor()};
  }
};

}  // namespace

at::Tensor expert_ffn(const at::Tensor& x, const Weight& gate_up, const Weight& down,
                      const Dispatch& dispatch) {
  return ExpertFfn::apply(x, gate_up.master, down.master, dispatch.weights, gate_up.compute,
                          down.compute, dispatch.slots);
}

at::Tensor expert_linear(const at::Tensor& x, const Weight& w, const Dispatch& dispatch) {
  return ExpertLinear::apply(x, w.master, dispatch.weights, w.compute, dispatch.slots);
}

}  // namespace btx::aten
