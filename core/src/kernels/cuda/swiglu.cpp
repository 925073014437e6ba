#include "kernels/cuda/module.hpp"
#include "kernels/cuda/ops.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

namespace btx::cuda {
namespace {

struct SwiGlu : torch::autograd::Function<SwiGlu> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x) {
    context->save_for_backward({x});
    return swiglu_of(x);
  }
  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const at::Tensor x = context->get_saved_variables()[0].contiguous();
    const at::Tensor dy = grads[0].contiguous();
    at::Tensor dx = at::empty_like(x);
    BTX_CUDA(swiglu_backward)
    (type_of(x), x.const_data_ptr(), dy.const_data_ptr(), x.size(0), dy.size(1),
     dx.mutable_data_ptr());
    return {dx};
  }
};

}  // namespace

at::Tensor swiglu_of(const at::Tensor& x) {
  const at::Tensor rows = x.contiguous();
  at::Tensor y = at::empty({x.size(0), x.size(1) / 2}, x.options().requires_grad(false));
  BTX_CUDA(swiglu)(type_of(x), rows.const_data_ptr(), x.size(0), y.size(1), y.mutable_data_ptr());
  return y;
}

at::Tensor swiglu(const at::Tensor& x) {
  return SwiGlu::apply(x);
}

}  // namespace btx::cuda
