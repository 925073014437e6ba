// Causal attention in training: the rotary embedding in one pass, then LibTorch's attention.
#include "kernels/aten/ops.hpp"
#include "kernels/cuda/module.hpp"
#include "kernels/cuda/ops.hpp"

#include <ATen/ops/empty_like.h>

namespace btx::cuda {
namespace {

/// qkv [B, T, H + 2G, d] with the first `rotated` heads turned by the angles, or back.
at::Tensor turned(const at::Tensor& qkv, std::int64_t rotated, const at::Tensor& cosine,
                  const at::Tensor& sine, bool inverse) {
  const at::Tensor in = qkv.contiguous();
  at::Tensor out = at::empty_like(in);
  BTX_CUDA(rotate)
  (type_of(in), in.const_data_ptr(), in.size(0) * in.size(1), in.size(1), in.size(2), rotated,
   in.size(3), cosine.const_data_ptr<float>(), sine.const_data_ptr<float>(), inverse,
   out.mutable_data_ptr());
  return out;
}

/// A rotation's gradient is turned back.
struct Rotate : torch::autograd::Function<Rotate> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& qkv, std::int64_t rotated,
                            const at::Tensor& cosine, const at::Tensor& sine) {
    context->save_for_backward({cosine, sine});
    context->saved_data["rotated"] = rotated;
    return turned(qkv, rotated, cosine, sine, false);
  }
  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const auto saved = context->get_saved_variables();
    const std::int64_t rotated = context->saved_data["rotated"].toInt();
    return {turned(grads[0], rotated, saved[0], saved[1], true), at::Tensor(), at::Tensor(),
            at::Tensor()};
  }
};

}  // namespace

at::Tensor attention(const at::Tensor& qkv, const AttentionShape& shape, const at::Tensor& cosine,
                     const at::Tensor& sine) {
  const std::int64_t heads = shape.heads + 2 * shape.kv_heads;
  const at::Tensor all =
      qkv.view({shape.sequences, qkv.size(0) / shape.sequences, heads, shape.head_dim});
  return aten::causal_attention(
      Rotate::apply(all, shape.heads + shape.kv_heads, cosine.contiguous(), sine.contiguous()),
      shape);
}

}  // namespace btx::cuda
