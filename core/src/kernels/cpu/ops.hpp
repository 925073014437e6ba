#pragma once
// The CPU versions of kernels/ops.hpp; same meaning and shapes as there. float32 and bfloat16.

#include "kernels/ops.hpp"

namespace btx::cpu {

at::Tensor rms_norm(const at::Tensor& x, const Weight& w, double eps);
NormedSum add_rms_norm(const at::Tensor& x, const at::Tensor& added, const Weight& w, double eps);
at::Tensor linear(const at::Tensor& x, const Weight& w);
at::Tensor swiglu(const at::Tensor& x);
at::Tensor attention(const at::Tensor& qkv, const AttentionShape& shape, const at::Tensor& cosine,
                     const at::Tensor& sine);
at::Tensor choose(const at::Tensor& scores, const at::Tensor& bias, std::int64_t k);
TopKRouting top_k(const at::Tensor& logits, const at::Tensor& bias, std::int64_t k);
at::Tensor uniform(std::uint64_t key, const at::Tensor& index, std::int64_t columns);
at::Tensor expert_ffn(const at::Tensor& x, const Weight& gate_up, const Weight& down,
                      const Dispatch& dispatch);
at::Tensor cross_entropy(const at::Tensor& h, const Weight& head, const at::Tensor& targets);
/// These two take float32 alone, the copy in bfloat16.
void adamw(const AdamWStep& step, const at::Tensor& w, const at::Tensor& gradient,
           const at::Tensor& m, const at::Tensor& v, const at::Tensor& copy);
at::Tensor sum_of_squares(const at::Tensor& x);

/// y [R, F] = swiglu of x [R, 2F], without a graph.
void swiglu_rows(const at::Tensor& x, const at::Tensor& y);
/// Backward of it. With weights [R] (undefined: ones): the output was weight x y; dweights [R] and
/// y [R, F] = weight x swiglu(x) are written as well.
void swiglu_rows_backward(const at::Tensor& x, const at::Tensor& dy, const at::Tensor& weights,
                          const at::Tensor& dx, const at::Tensor& dweights, const at::Tensor& y);

}  // namespace btx::cpu
