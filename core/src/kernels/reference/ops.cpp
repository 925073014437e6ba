// The oracle: every operation as its formula reads, on any device and floating type.
#include "kernels/ops.hpp"
#include "kernels/reference/routing.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <limits>
#include <vector>

namespace btx {
namespace {

// Gradients flow to the master through the cast.
at::Tensor in_type_of(const at::Tensor& x, const Weight& w) {
  return w.master.to(x.scalar_type());
}

// Statistics need float32 at least.
at::Tensor widened(const at::Tensor& x) {
  return x.scalar_type() == at::kDouble ? x : x.to(at::kFloat);
}

at::Tensor rms_norm(const at::Tensor& x, const Weight& w, double eps) {
  const at::Tensor wide = widened(x);
  const at::Tensor scale = at::rsqrt(wide.pow(2).mean(-1, true) + eps);
  return ((wide * scale) * w.master.to(wide.scalar_type())).to(x.scalar_type());
}

NormedSum add_rms_norm(const at::Tensor& x, const at::Tensor& added, const Weight& w, double eps) {
  const at::Tensor sum = x + added;
  return {sum, rms_norm(sum, w, eps)};
}

at::Tensor linear(const at::Tensor& x, const Weight& w) {
  return at::matmul(x, in_type_of(x, w).t());
}

// Both halves of d share an angle.
at::Tensor rotate(const at::Tensor& x, const at::Tensor& cosine, const at::Tensor& sine) {
  const at::Tensor wide = widened(x);
  const auto halves = wide.chunk(2, -1);
  const at::Tensor c = cosine.to(wide.scalar_type()).unsqueeze(-2);
  const at::Tensor s = sine.to(wide.scalar_type()).unsqueeze(-2);
  return at::cat({halves[0] * c - halves[1] * s, halves[1] * c + halves[0] * s}, -1)
      .to(x.scalar_type());
}

at::Tensor attention(const at::Tensor& qkv, const AttentionShape& shape, const at::Tensor& cosine,
                     const at::Tensor& sine) {
  const std::int64_t tokens = qkv.size(0) / shape.sequences;
  const std::int64_t heads = shape.heads + 2 * shape.kv_heads;
  const at::Tensor all = qkv.view({shape.sequences, tokens, heads, shape.head_dim});
  const std::int64_t repeats = shape.heads / shape.kv_heads;
  const at::Tensor q = rotate(all.narrow(2, 0, shape.heads), cosine, sine).transpose(1, 2);
  const at::Tensor k = rotate(all.narrow(2, shape.heads, shape.kv_heads), cosine, sine)
                           .repeat_interleave(repeats, 2)
                           .transpose(1, 2);
  const at::Tensor v = all.narrow(2, shape.heads + shape.kv_heads, shape.kv_heads)
                           .repeat_interleave(repeats, 2)
                           .transpose(1, 2);
  at::Tensor scores = widened(at::matmul(q, k.transpose(-1, -2)));
  scores = scores / std::sqrt(static_cast<double>(shape.head_dim));
  const at::Tensor place = at::arange(tokens, qkv.options().dtype(at::kLong));
  const at::Tensor future = place.unsqueeze(0) > place.unsqueeze(1);
  scores = scores.masked_fill(future, -std::numeric_limits<double>::infinity());
  const at::Tensor out = at::matmul(at::softmax(scores, -1).to(v.scalar_type()), v);
  return out.transpose(1, 2).reshape({qkv.size(0), shape.heads * shape.head_dim});
}

at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                  const at::Tensor& visible) {
  const std::int64_t repeats = q.size(2) / k.size(1);
  const at::Tensor keys = k.repeat_interleave(repeats, 1);
  const at::Tensor values = v.repeat_interleave(repeats, 1);
  at::Tensor scores = widened(at::matmul(q.transpose(1, 2), keys.transpose(-1, -2)));
  scores = scores / std::sqrt(static_cast<double>(q.size(3)));
  scores = scores.masked_fill(visible.logical_not().unsqueeze(1),
                              -std::numeric_limits<double>::infinity());
  const at::Tensor out = at::matmul(at::softmax(scores, -1).to(v.scalar_type()), values);
  return out.transpose(1, 2).reshape({q.size(0) * q.size(1), q.size(2) * q.size(3)});
}

at::Tensor swiglu(const at::Tensor& x) {
  const auto halves = x.chunk(2, -1);
  return at::silu(halves[0]) * halves[1];
}

/// f(expert, its rows of x) for every expert, weighted and summed into [N, width].
template <class F>
at::Tensor sum_over_experts(const at::Tensor& x, const Dispatch& dispatch, std::int64_t experts,
                            std::int64_t width, F&& f) {
  at::Tensor out = at::zeros({x.size(0), width}, x.options());
  for (std::int64_t expert = 0; expert < experts; ++expert) {
    const at::Tensor chosen = dispatch.slots == expert;  // [N, K], at most one true a row
    const at::Tensor rows = chosen.any(1).nonzero().squeeze(1);
    const at::Tensor weight = at::where(chosen, dispatch.weights, at::zeros_like(dispatch.weights))
                                  .sum(1)
                                  .index_select(0, rows);
    const at::Tensor y = f(expert, x.index_select(0, rows));
    out = out.index_add(0, rows, y * weight.to(y.scalar_type()).unsqueeze(1));
  }
  return out;
}

at::Tensor expert_ffn(const at::Tensor& x, const Weight& gate_up, const Weight& down,
                      const Dispatch& dispatch) {
  const at::Tensor up_all = in_type_of(x, gate_up);
  const at::Tensor down_all = in_type_of(x, down);
  return sum_over_experts(x, dispatch, up_all.size(0), x.size(1),
                          [&](std::int64_t expert, const at::Tensor& mine) {
                            const at::Tensor hidden = swiglu(at::matmul(mine, up_all[expert].t()));
                            return at::matmul(hidden, down_all[expert].t());
                          });
}

at::Tensor expert_linear(const at::Tensor& x, const Weight& w, const Dispatch& dispatch) {
  const at::Tensor all = in_type_of(x, w);
  return sum_over_experts(x, dispatch, all.size(0), all.size(1),
                          [&](std::int64_t expert, const at::Tensor& mine) {
                            return at::matmul(mine, all[expert].t());
                          });
}

at::Tensor cross_entropy(const at::Tensor& h, const Weight& head, const at::Tensor& targets) {
  const at::Tensor logits = widened(at::matmul(h, in_type_of(h, head).t()));
  const at::Tensor all = at::log_softmax(logits, -1);
  const at::Tensor picked = all.gather(1, targets.clamp_min(0).unsqueeze(1)).squeeze(1);
  return at::where(targets >= 0, -picked, at::zeros_like(picked));
}

void adamw(const AdamWStep& s, const at::Tensor& w, const at::Tensor& gradient, const at::Tensor& m,
           const at::Tensor& v, const at::Tensor& copy) {
  const at::Tensor g = gradient * s.gradient_scale;
  m.mul_(s.beta1).add_(g, 1.0 - s.beta1);
  v.mul_(s.beta2).addcmul_(g, g, 1.0 - s.beta2);
  const at::Tensor denominator = (v / s.correction2).sqrt_().add_(s.epsilon);
  w.mul_(1.0 - s.lr * s.weight_decay).addcdiv_(m, denominator, -s.lr / s.correction1);
  if (copy.defined()) copy.copy_(w);
}

at::Tensor sum_of_squares(const at::Tensor& x) {
  return x.to(at::kDouble).norm().square();
}

}  // namespace

const Ops& reference_ops() {
  static const Ops ops{rms_norm,
                       add_rms_norm,
                       linear,
                       attention,
                       rotate,
                       attend,
                       swiglu,
                       reference::gate,
                       reference::choose,
                       reference::top_k,
                       reference::routing_sums,
                       reference::uniform,
                       expert_ffn,
                       expert_linear,
                       cross_entropy,
                       adamw,
                       sum_of_squares};
  return ops;
}

}  // namespace btx
