// Norms, linear layers and SwiGLU. Each keeps its input and no intermediate result.
#include "kernels/aten/ops.hpp"
#include "kernels/aten/weight_gradient.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/silu_backward.h>

namespace btx::aten {
namespace {

/// Statistics need float32 at least.
at::Tensor widened(const at::Tensor& x) {
  return x.scalar_type() == at::kDouble ? x : x.to(at::kFloat);
}

struct RmsNorm : torch::autograd::Function<RmsNorm> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& w,
                            double eps) {
    const at::Tensor wide = widened(x);
    const at::Tensor scale = at::rsqrt(wide.square().mean(-1, true) + eps);
    context->save_for_backward({x, w, scale});
    return (wide * scale * w).to(x.scalar_type());
  }

  /// With n = x scale and g = dy w: dx = scale (g - n mean(g n)), dw = sum over rows of dy n.
  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &w = saved[1], &scale = saved[2];
    const at::Tensor normed = widened(x) * scale;
    const at::Tensor dy = widened(grads[0]);
    at::Tensor dw;
    if (context->needs_input_grad(1)) dw = add_gradient(w, (dy * normed).sum(0));
    const at::Tensor g = dy * w;
    const at::Tensor dx = (g - normed * (g * normed).mean(-1, true)) * scale;
    return {dx.to(x.scalar_type()), dw, at::Tensor()};
  }
};

struct Linear : torch::autograd::Function<Linear> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& master,
                            const at::Tensor& w) {
    context->save_for_backward({x, master, w});
    return at::mm(x, w.t());
  }
  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const auto saved = context->get_saved_variables();
    at::Tensor dw;
    if (context->needs_input_grad(1)) dw = weight_gradient(saved[1], grads[0], saved[0]);
    return {at::mm(grads[0], saved[2]), dw, at::Tensor()};
  }
};

struct SwiGlu : torch::autograd::Function<SwiGlu> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x) {
    context->save_for_backward({x});
    return swiglu_of(x);
  }
  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    return {swiglu_backward(context->get_saved_variables()[0], grads[0])};
  }
};

}  // namespace

at::Tensor swiglu_of(const at::Tensor& x) {
  const auto halves = x.chunk(2, -1);
  return at::silu(halves[0]).mul_(halves[1]);
}

at::Tensor swiglu_backward(const at::Tensor& x, const at::Tensor& dy) {
  const auto halves = x.chunk(2, -1);
  at::Tensor dx = at::empty_like(x);
  const auto results = dx.chunk(2, -1);
  results[0].copy_(at::silu_backward(dy * halves[1], halves[0]));
  results[1].copy_(at::silu(halves[0]).mul_(dy));
  return dx;
}

at::Tensor rms_norm(const at::Tensor& x, const Weight& w, double eps) {
  return RmsNorm::apply(x, w.master, eps);
}
NormedSum add_rms_norm(const at::Tensor& x, const at::Tensor& added, const Weight& w, double eps) {
  const at::Tensor sum = x + added;
  return {sum, rms_norm(sum, w, eps)};
}
at::Tensor linear(const at::Tensor& x, const Weight& w) {
  return Linear::apply(x, w.master, w.compute);
}
at::Tensor swiglu(const at::Tensor& x) {
  return SwiGlu::apply(x);
}

}  // namespace btx::aten
