// Causal attention in training: the rotary embedding with a backward pass of its own, then
// LibTorch's scaled_dot_product_attention, which takes flash attention where a GPU has it in
// bfloat16.
#include "kernels/aten/ops.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/scaled_dot_product_attention.h>

namespace btx::aten {
namespace {

/// qkv [B, T, H + 2G, d] with the first `rotated` heads turned by the angles, the others as they
/// are.
at::Tensor turned(const at::Tensor& qkv, std::int64_t rotated, const at::Tensor& cosine,
                  const at::Tensor& sine) {
  at::Tensor out = at::empty_like(qkv);
  const at::Tensor given = qkv.narrow(2, 0, rotated);
  const auto halves =
      (given.scalar_type() == at::kDouble ? given : given.to(at::kFloat)).chunk(2, -1);
  const auto results = out.narrow(2, 0, rotated).chunk(2, -1);
  const at::Tensor c = cosine.to(halves[0].scalar_type()).unsqueeze(-2);
  const at::Tensor s = sine.to(halves[0].scalar_type()).unsqueeze(-2);
  results[0].copy_(halves[0] * c - halves[1] * s);
  results[1].copy_(halves[1] * c + halves[0] * s);
  const std::int64_t rest = qkv.size(2) - rotated;
  out.narrow(2, rotated, rest).copy_(qkv.narrow(2, rotated, rest));
  return out;
}

/// A rotation's gradient is turned back.
struct Rotate : torch::autograd::Function<Rotate> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& qkv, std::int64_t rotated,
                            const at::Tensor& cosine, const at::Tensor& sine) {
    context->save_for_backward({cosine, sine});
    context->saved_data["rotated"] = rotated;
    return turned(qkv, rotated, cosine, sine);
  }
  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const auto saved = context->get_saved_variables();
    const std::int64_t rotated = context->saved_data["rotated"].toInt();
    return {turned(grads[0].contiguous(), rotated, saved[0], -saved[1]), at::Tensor(), at::Tensor(),
            at::Tensor()};
  }
};

}  // namespace

at::Tensor attention(const at::Tensor& qkv, const AttentionShape& shape, const at::Tensor& cosine,
                     const at::Tensor& sine) {
  const std::int64_t tokens = qkv.size(0) / shape.sequences;
  const std::int64_t heads = shape.heads + 2 * shape.kv_heads;
  const at::Tensor all = Rotate::apply(qkv.view({shape.sequences, tokens, heads, shape.head_dim}),
                                       shape.heads + shape.kv_heads, cosine, sine);
  // Split before it is transposed: the gradient is then put together by one copy.
  const auto parts = all.split_with_sizes({shape.heads, shape.kv_heads, shape.kv_heads}, 2);
  return causal_attention(parts[0], parts[1], parts[2]);
}

at::Tensor causal_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  return at::scaled_dot_product_attention(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2),
                                          {}, 0.0, /*is_causal=*/true, std::nullopt,
                                          /*enable_gqa=*/q.size(2) != k.size(2))
      .transpose(1, 2)
      .reshape({q.size(0) * q.size(1), q.size(2) * q.size(3)});
}

}  // namespace btx::aten
