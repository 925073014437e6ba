// The experts of a mixture layer as aten/experts.cpp has them, with sorting, gathering, combining
// and the inner part of the backward pass as single kernels.
#include "kernels/cuda/module.hpp"
#include "kernels/cuda/ops.hpp"
#include "kernels/cuda/sorted_rows.hpp"

#include <ATen/ops/empty_like.h>

namespace btx::cuda {
namespace {

/// With h [M, 2F], da [M, F] and weights [N, K]: da becomes weight x swiglu(h); gives the gradients
/// of h and of the weights.
std::pair<at::Tensor, at::Tensor> inner_backward(const SortedRows& rows, const at::Tensor& h,
                                                 const at::Tensor& da, const at::Tensor& weights) {
  at::Tensor dh = at::empty_like(h), dweights = at::empty_like(weights);
  BTX_CUDA(weighted_swiglu_backward)
  (type_of(h), h.const_data_ptr(), da.const_data_ptr(), rows.order(),
   weights.const_data_ptr<float>(), rows.last(), da.size(0), da.size(1), dh.mutable_data_ptr(),
   da.mutable_data_ptr(), dweights.mutable_data_ptr<float>());
  return {dh, dweights};
}

struct ExpertFfn : torch::autograd::Function<ExpertFfn> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& up,
                            const at::Tensor& down, const at::Tensor& weights,
                            const at::Tensor& up_compute, const at::Tensor& down_compute,
                            const at::Tensor& slots) {
    const RowOrder order = sort_by_expert(slots, up.size(0));
    const SortedRows rows(order, slots.size(1));
    const at::Tensor h = rows.multiply(rows.gather(x), up_compute);
    const at::Tensor y = rows.multiply(swiglu_of(h), down_compute);
    context->save_for_backward({x, up, down, weights.contiguous(), up_compute, down_compute, h,
                                order.order, order.place, order.ends});
    return rows.combine(y, weights);
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &up = saved[1], &down = saved[2], &weights = saved[3];
    const SortedRows rows({saved[7], saved[8], saved[9]}, weights.size(1));
    const at::Tensor dy = rows.gather(grads[0]);
    const at::Tensor a = rows.multiply_transposed(dy, saved[5]);
    const auto [dh, dweights] = inner_backward(rows, saved[6], a, weights);
    at::Tensor d_up, d_down;  // stay undefined for frozen experts
    if (context->needs_input_grad(2)) d_down = rows.weight_gradient(down, dy, a);
    if (context->needs_input_grad(1)) d_up = rows.weight_gradient(up, dh, rows.gather(x));
    const at::Tensor dx = rows.combine(rows.multiply_transposed(dh, saved[4]), {});
    return {dx, d_up, d_down, dweights, at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

struct ExpertLinear : torch::autograd::Function<ExpertLinear> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& w,
                            const at::Tensor& weights, const at::Tensor& w_compute,
                            const at::Tensor& slots) {
    const RowOrder order = sort_by_expert(slots, w.size(0));
    const SortedRows rows(order, slots.size(1));
    context->save_for_backward(
        {x, w, weights.contiguous(), w_compute, order.order, order.place, order.ends});
    return rows.combine(rows.multiply(rows.gather(x), w_compute), weights);
  }

  /// dw needs weight x dy; the gradient of a weight is <dy w, x>.
  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &w = saved[1], &weights = saved[2];
    const SortedRows rows({saved[4], saved[5], saved[6]}, weights.size(1));
    const at::Tensor dy = rows.gather(grads[0]);
    const at::Tensor dx_rows = rows.multiply_transposed(dy, saved[3]);
    const at::Tensor weighted = rows.gather(x);  // weight x x, which serves dw as well
    at::Tensor dweights = at::empty_like(weights);
    BTX_CUDA(weighted_dots)
    (type_of(x), weighted.const_data_ptr(), dx_rows.const_data_ptr(), rows.order(),
     weights.const_data_ptr<float>(), rows.last(), weighted.size(0), weighted.size(1),
     weighted.mutable_data_ptr(), dweights.mutable_data_ptr<float>());
    at::Tensor dw;
    if (context->needs_input_grad(1)) dw = rows.weight_gradient(w, dy, weighted);
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

}  // namespace btx::cuda
