// The optimizer's operations on a GPU: one pass over memory.
#include "kernels/cuda/module.hpp"
#include "kernels/cuda/ops.hpp"

#include <ATen/ops/empty.h>

namespace btx::cuda {
namespace {

void check_flat(const at::Tensor& x) {
  TORCH_CHECK(x.is_contiguous() && x.is_cuda() && x.scalar_type() == at::kFloat,
              "a GPU's optimizer takes contiguous float32 tensors on the GPU, got ", x.toString());
}

}  // namespace

void adamw(const AdamWStep& step, const at::Tensor& w, const at::Tensor& gradient,
           const at::Tensor& m, const at::Tensor& v, const at::Tensor& copy) {
  for (const auto* x : {&w, &gradient, &m, &v}) check_flat(*x);
  TORCH_CHECK(!copy.defined() || (copy.is_contiguous() && copy.scalar_type() == at::kBFloat16),
              "a GPU's optimizer writes a copy in contiguous bfloat16");
  BTX_CUDA(adamw)
  (step.lr, step.beta1, step.beta2, step.epsilon, step.weight_decay, step.correction1,
   step.correction2, step.gradient_scale, w.numel(), w.mutable_data_ptr<float>(),
   gradient.const_data_ptr<float>(), m.mutable_data_ptr<float>(), v.mutable_data_ptr<float>(),
   copy.defined() ? copy.mutable_data_ptr() : nullptr);
}

at::Tensor sum_of_squares(const at::Tensor& x) {
  check_flat(x);
  const auto options = x.options().dtype(at::kDouble).requires_grad(false);
  const at::Tensor partial = at::empty({kSumPartials}, options);
  at::Tensor sum = at::empty({}, options);
  BTX_CUDA(sum_of_squares)
  (x.const_data_ptr<float>(), x.numel(), partial.mutable_data_ptr<double>(),
   sum.mutable_data_ptr<double>());
  return sum;
}

}  // namespace btx::cuda
