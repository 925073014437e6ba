// RMSNorm, alone and with the sum in front of it. Kept are the rows that are normed and the inverse
// of each one's root mean square.
#include "kernels/aten/weight_gradient.hpp"
#include "kernels/cuda/module.hpp"
#include "kernels/cuda/ops.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

namespace btx::cuda {
namespace {

struct Normed {
  at::Tensor sum, y, scale;
};

/// Of x + added, or of x where that is undefined.
Normed normed(const at::Tensor& x, const at::Tensor& added, const at::Tensor& w, double eps) {
  const bool adds = added.defined();
  TORCH_CHECK(!adds || (added.scalar_type() == x.scalar_type() && added.sizes() == x.sizes()),
              "add_rms_norm: both have to be of one type and shape");
  const at::Tensor rows = x.contiguous(), more = adds ? added.contiguous() : added;
  Normed out{adds ? at::empty_like(rows) : rows, at::empty_like(rows),
             at::empty({x.size(0)}, w.options().requires_grad(false))};
  BTX_CUDA(rms_norm)
  (type_of(x), rows.const_data_ptr(), adds ? more.const_data_ptr() : nullptr,
   w.const_data_ptr<float>(), x.size(0), x.size(1), static_cast<float>(eps),
   adds ? out.sum.mutable_data_ptr() : nullptr, out.y.mutable_data_ptr(),
   out.scale.mutable_data_ptr<float>());
  return out;
}

struct NormGradients {
  at::Tensor dx, dw;
};

/// saved: the rows, w, scale. dsum is what came for the rows by other ways, or undefined.
NormGradients gradients(const variable_list& saved, const at::Tensor& dy, const at::Tensor& dsum,
                        bool wants_dw) {
  const at::Tensor &rows = saved[0], &w = saved[1], &scale = saved[2];
  const at::Tensor incoming = dy.contiguous();
  const at::Tensor other = dsum.defined() ? dsum.contiguous() : dsum;
  const aten::GradientSum dw = wants_dw ? aten::gradient_sum(w) : aten::GradientSum{};
  const at::Tensor partial =
      wants_dw ? at::empty({kNormPartials, rows.size(1)}, scale.options()) : at::Tensor();
  at::Tensor dx = at::empty_like(rows);
  BTX_CUDA(rms_norm_backward)
  (type_of(rows), incoming.const_data_ptr(), rows.const_data_ptr(), w.const_data_ptr<float>(),
   scale.const_data_ptr<float>(), other.defined() ? other.const_data_ptr() : nullptr, rows.size(0),
   rows.size(1), dx.mutable_data_ptr(), wants_dw ? dw.sum.mutable_data_ptr<float>() : nullptr,
   wants_dw ? partial.mutable_data_ptr<float>() : nullptr);
  return {dx, dw.for_autograd};
}

struct RmsNorm : torch::autograd::Function<RmsNorm> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& w,
                            double eps) {
    const Normed out = normed(x, {}, w, eps);
    context->save_for_backward({out.sum, w, out.scale});
    return out.y;
  }
  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const auto saved = context->get_saved_variables();
    const NormGradients out = gradients(saved, grads[0], {}, context->needs_input_grad(1));
    return {out.dx, out.dw, at::Tensor()};
  }
};

struct AddRmsNorm : torch::autograd::Function<AddRmsNorm> {
  static variable_list forward(AutogradContext* context, const at::Tensor& x,
                               const at::Tensor& added, const at::Tensor& w, double eps) {
    const Normed out = normed(x, added, w, eps);
    context->save_for_backward({out.sum, w, out.scale});
    context->set_materialize_grads(false);
    return {out.sum, out.y};
  }
  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    if (!grads[1].defined()) return {grads[0], grads[0], at::Tensor(), at::Tensor()};
    const auto saved = context->get_saved_variables();
    const NormGradients out = gradients(saved, grads[1], grads[0], context->needs_input_grad(2));
    return {out.dx, out.dx, out.dw, at::Tensor()};
  }
};

}  // namespace

at::Tensor rms_norm(const at::Tensor& x, const Weight& w, double eps) {
  return RmsNorm::apply(x, w.master, eps);
}

NormedSum add_rms_norm(const at::Tensor& x, const at::Tensor& added, const Weight& w, double eps) {
  const variable_list out = AddRmsNorm::apply(x, added, w.master, eps);
  return {out[0], out[1]};
}

}  // namespace btx::cuda
