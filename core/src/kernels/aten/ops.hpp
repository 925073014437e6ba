#pragma once
// The operations in plain ATen on any device and float type, with backward passes that keep little
// and read the compute copy of the weights; held against the reference by tests/kernels. They never
// make the host wait for a GPU, but where experts cannot run as one grouped product.

#include "kernels/ops.hpp"

#include <torch/csrc/autograd/custom_function.h>

namespace btx::aten {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

at::Tensor rms_norm(const at::Tensor& x, const Weight& w, double eps);
NormedSum add_rms_norm(const at::Tensor& x, const at::Tensor& added, const Weight& w, double eps);
at::Tensor linear(const at::Tensor& x, const Weight& w);
at::Tensor swiglu(const at::Tensor& x);
at::Tensor attention(const at::Tensor& qkv, const AttentionShape& shape, const at::Tensor& cosine,
                     const at::Tensor& sine);
/// Attention of heads that are rotated: q [B, T, H, d], k and v [B, T, G, d] -> [B T, H d].
/// Differentiable.
at::Tensor causal_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v);
at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                  const at::Tensor& visible);
at::Tensor expert_ffn(const at::Tensor& x, const Weight& gate_up, const Weight& down,
                      const Dispatch& dispatch);
at::Tensor expert_linear(const at::Tensor& x, const Weight& w, const Dispatch& dispatch);
at::Tensor cross_entropy(const at::Tensor& h, const Weight& head, const at::Tensor& targets);
void adamw(const AdamWStep& step, const at::Tensor& w, const at::Tensor& gradient,
           const at::Tensor& m, const at::Tensor& v, const at::Tensor& copy);
at::Tensor sum_of_squares(const at::Tensor& x);

/// silu(a) * b of x [N, 2F], not differentiable, and the gradient of x by that of the result.
at::Tensor swiglu_of(const at::Tensor& x);
at::Tensor swiglu_backward(const at::Tensor& x, const at::Tensor& dy);

}  // namespace btx::aten
