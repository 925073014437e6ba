// Causal attention in training: the rotary embedding in one pass, then LibTorch's attention, whose
// gradients of queries, keys and values are turned back where they lie.
#include "kernels/aten/ops.hpp"
#include "kernels/cuda/module.hpp"
#include "kernels/cuda/ops.hpp"

#include <ATen/ops/empty.h>

#include <array>

namespace btx::cuda {
namespace {

/// Queries, keys and values, [B, T, H, d] and [B, T, G, d] twice.
using Parts = std::array<at::Tensor, 3>;

Heads heads_of(const at::Tensor& x) {
  if (!x.defined()) return {nullptr, 0, 0, 0};
  return {x.const_data_ptr(), x.stride(0), x.stride(1), x.stride(2)};
}

/// Beside each other in [B, T, H + 2G, d], queries and keys turned by the angles, or back. Elements
/// of a head are neighbours; parts that are undefined are zeros.
at::Tensor turned(const Parts& in, const at::Tensor& like, const AttentionShape& shape,
                  const at::Tensor& cosine, const at::Tensor& sine, bool inverse) {
  const std::int64_t tokens = cosine.size(0);
  at::Tensor out =
      at::empty({shape.sequences, tokens, shape.heads + 2 * shape.kv_heads, shape.head_dim},
                like.options().requires_grad(false));
  BTX_CUDA(rotate)
  (type_of(like), heads_of(in[0]), heads_of(in[1]), heads_of(in[2]), shape.sequences, tokens,
   shape.heads, shape.kv_heads, shape.head_dim, cosine.const_data_ptr<float>(),
   sine.const_data_ptr<float>(), inverse, out.mutable_data_ptr());
  return out;
}

Parts parts_of(const at::Tensor& all, const AttentionShape& shape) {
  return {all.narrow(2, 0, shape.heads), all.narrow(2, shape.heads, shape.kv_heads),
          all.narrow(2, shape.heads + shape.kv_heads, shape.kv_heads)};
}

/// qkv [B, T, H + 2G, d] turned and taken apart, as views of one array; the gradients are turned
/// back and put together again by one kernel, whatever their strides.
struct RotateHeads : torch::autograd::Function<RotateHeads> {
  static variable_list forward(AutogradContext* context, const at::Tensor& qkv,
                               const AttentionShape& shape, const at::Tensor& cosine,
                               const at::Tensor& sine) {
    context->save_for_backward({cosine, sine});
    context->saved_data["sequences"] = shape.sequences;
    context->saved_data["heads"] = shape.heads;
    context->saved_data["kv_heads"] = shape.kv_heads;
    context->saved_data["head_dim"] = shape.head_dim;
    context->set_materialize_grads(false);
    const at::Tensor all =
        turned(parts_of(qkv.contiguous(), shape), qkv, shape, cosine, sine, false);
    const Parts parts = parts_of(all, shape);
    return {parts.begin(), parts.end()};
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const auto of = [&](const char* name) { return context->saved_data[name].toInt(); };
    const AttentionShape shape{of("sequences"), of("heads"), of("kv_heads"), of("head_dim")};
    Parts parts;
    at::Tensor one;  // of those that there are
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (!grads[i].defined()) continue;
      parts[i] = grads[i].stride(3) == 1 ? grads[i] : grads[i].contiguous();
      one = parts[i];
    }
    at::Tensor dqkv;  // stays undefined where nothing came
    if (one.defined()) {
      const auto saved = context->get_saved_variables();
      dqkv = turned(parts, one, shape, saved[0], saved[1], true);
    }
    return {dqkv, at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

}  // namespace

at::Tensor attention(const at::Tensor& qkv, const AttentionShape& shape, const at::Tensor& cosine,
                     const at::Tensor& sine) {
  const std::int64_t heads = shape.heads + 2 * shape.kv_heads;
  const at::Tensor all =
      qkv.view({shape.sequences, qkv.size(0) / shape.sequences, heads, shape.head_dim});
  const variable_list parts =
      RotateHeads::apply(all, shape, cosine.contiguous(), sine.contiguous());
  return aten::causal_attention(parts[0], parts[1], parts[2]);
}

}  // namespace btx::cuda
