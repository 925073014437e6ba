#pragma once
// The GPU's versions of kernels/ops.hpp on the kernels of cuda/kernels.hpp; same meaning and
// shapes as there. float32 and bfloat16. What is not here, products and attention itself, is
// aten_ops()'s.

#include "kernels/ops.hpp"

#include <torch/csrc/autograd/custom_function.h>

namespace btx::cuda {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

at::Tensor rms_norm(const at::Tensor& x, const Weight& w, double eps);
NormedSum add_rms_norm(const at::Tensor& x, const at::Tensor& added, const Weight& w, double eps);
at::Tensor swiglu(const at::Tensor& x);
at::Tensor attention(const at::Tensor& qkv, const AttentionShape& shape, const at::Tensor& cosine,
                     const at::Tensor& sine);
at::Tensor expert_ffn(const at::Tensor& x, const Weight& gate_up, const Weight& down,
                      const Dispatch& dispatch);
at::Tensor expert_linear(const at::Tensor& x, const Weight& w, const Dispatch& dispatch);
at::Tensor cross_entropy(const at::Tensor& h, const Weight& head, const at::Tensor& targets);
/// These two take float32 alone, the copy in bfloat16.
void adamw(const AdamWStep& step, const at::Tensor& w, const at::Tensor& gradient,
           const at::Tensor& m, const at::Tensor& v, const at::Tensor& copy);
at::Tensor sum_of_squares(const at::Tensor& x);

/// Routing, in float32.
at::Tensor gate(const at::Tensor& x, const Weight& w);
at::Tensor choose(const at::Tensor& scores, const at::Tensor& bias, std::int64_t k);
TopKRouting top_k(const at::Tensor& logits, const at::Tensor& bias, std::int64_t k);
at::Tensor routing_sums(const RoutedTokens& tokens);
at::Tensor uniform(std::uint64_t key, const at::Tensor& index, std::int64_t columns);

/// silu(a) * b of x [N, 2F], not differentiable.
at::Tensor swiglu_of(const at::Tensor& x);

}  // namespace btx::cuda
