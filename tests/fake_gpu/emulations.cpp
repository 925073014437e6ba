// Operators that only a GPU has, on the bytes of device memory by others that a CPU has: products
// that widen, products of groups, flash attention.
#include "counters.hpp"
#include "dry.hpp"
#include "views.hpp"

#include <ATen/ATen.h>
#include <ATen/native/DispatchStub.h>
#include <ATen/native/transformers/attention.h>
#include <ATen/native/transformers/sdp_utils_cpp.h>
#include <torch/library.h>

#include <optional>
#include <string>
#include <tuple>

namespace fake_gpu {
namespace {

/// A result of one kernel: what f(host views) gives, or in dry mode memory of that shape.
template <class F>
at::Tensor result_of(at::IntArrayRef shape, const at::TensorOptions& options, F&& f) {
  at::Tensor out = at::empty(shape, options);
  if (!is_dry() || !is_large(out)) host_view(out).copy_(f());
  return out;
}

/// Host tensors' product, added up in float32 as a GPU does it, and rounded once. Processors
/// without bfloat16 in hardware take many times as long to do it in bfloat16.
at::Tensor product(const at::Tensor& a, const at::Tensor& b) {
  if (a.scalar_type() != at::kBFloat16) return at::mm(a, b);
  return at::mm(a.to(at::kFloat), b.to(at::kFloat)).to(at::kBFloat16);
}

void check_devices(const at::Tensor& a, const at::Tensor& b) {
  TORCH_CHECK(a.is_cuda() && a.device() == b.device(),
              "Expected all tensors to be on the same device, but aten::mm got ", a.device(),
              " and ", b.device());
}

/// Left out in dry mode as other operators are, dry.hpp.
at::Tensor& mm_out(const at::Tensor& a, const at::Tensor& b, at::Tensor& out) {
  Counters::of_process().launch("aten::mm");
  check_devices(a, b);
  check_devices(a, out);
  if (!is_dry() || !(is_large(a) || is_large(b) || is_large(out))) {
    host_view(out).copy_(product(host_view(a), host_view(b)));
  } else if (!is_large(out)) {
    host_view(out).normal_();
  }
  return out;
}

at::Tensor mm(const at::Tensor& a, const at::Tensor& b) {
  at::Tensor out = at::empty({a.size(0), b.size(1)}, a.options());
  return mm_out(a, b, out);
}

at::Tensor mm_widened(const at::Tensor& a, const at::Tensor& b, at::ScalarType type) {
  Counters::of_process().launch("aten::mm.dtype");
  return result_of({a.size(0), b.size(1)}, a.options().dtype(type),
                   [&] { return at::mm(host_view(a).to(type), host_view(b).to(type)); });
}

at::Tensor& addmm_widened(const at::Tensor& self, const at::Tensor& a, const at::Tensor& b,
                          at::ScalarType type, const at::Scalar& beta, const at::Scalar& alpha,
                          at::Tensor& out) {
  Counters::of_process().launch("aten::addmm.dtype_out");
  if (is_dry() && is_large(out)) return out;
  host_view(out).copy_(at::addmm(host_view(self).to(type), host_view(a).to(type),
                                 host_view(b).to(type), beta, alpha));
  return out;
}

/// The rows of a ragged matrix, or the groups of a ragged contraction.
at::Tensor grouped_mm(const at::Tensor& a, const at::Tensor& b,
                      const std::optional<at::Tensor>& ends, const std::optional<at::Tensor>& bias,
                      std::optional<at::ScalarType> type) {
  Counters::of_process().launch("aten::_grouped_mm");
  TORCH_CHECK(ends && !bias && !type, "the stand-in GPU multiplies ragged groups alone");
  TORCH_CHECK(a.size(-1) % 8 == 0 || a.stride(-1) != 1, "rows of a group need 16 bytes");
  const bool rows = b.dim() == 3;
  const std::vector<std::int64_t> shape =
      rows ? std::vector<std::int64_t>{a.size(0), b.size(2)}
           : std::vector<std::int64_t>{ends->numel(), a.size(0), b.size(1)};
  return result_of(shape, a.options(), [&] {
    const at::Tensor left = host_view(a), right = host_view(b), end = host_view(*ends);
    // Rows past the last group hold anything.
    at::Tensor all = at::full(shape, rows ? std::nan("") : 0.0, left.options());
    std::int64_t begin = 0;
    for (std::int64_t g = 0; g < end.numel(); ++g) {
      const std::int64_t count = end[g].item<std::int64_t>() - begin;
      if (rows && count > 0) {
        all.narrow(0, begin, count).copy_(product(left.narrow(0, begin, count), right[g]));
      } else if (count > 0) {
        all[g].copy_(product(left.narrow(1, begin, count), right.narrow(0, begin, count)));
      }
      begin += count;
    }
    return all;
  });
}

/// Flash attention in half precision, as on a GPU; else scores are written out.
std::int64_t choose_attention(const at::Tensor& q, const at::Tensor& /*k*/, const at::Tensor& /*v*/,
                              const std::optional<at::Tensor>& mask, double dropout,
                              bool /*causal*/, std::optional<double> /*scale*/, bool /*gqa*/) {
  const bool flash = q.scalar_type() == at::kBFloat16 && !mask && dropout == 0 && q.size(-1) <= 256;
  return static_cast<std::int64_t>(flash ? sdp::SDPBackend::flash_attention
                                         : sdp::SDPBackend::math);
}

/// [B, H, T, d] in memory as [B, T, H, d], as a GPU's flash attention has it.
at::Tensor by_token(const at::Tensor& x) {
  return x.transpose(1, 2).contiguous().transpose(1, 2);
}

at::Tensor empty_by_token(const at::Tensor& like) {
  return at::empty({like.size(0), like.size(2), like.size(1), like.size(3)}, like.options())
      .transpose(1, 2);
}

at::Tensor for_heads(const at::Tensor& x, std::int64_t heads) {
  return host_view(x).repeat_interleave(heads / x.size(1), 1);
}

using Flash = std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor, c10::SymInt, c10::SymInt,
                         at::Tensor, at::Tensor, at::Tensor>;

Flash flash_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                      double /*dropout*/, bool causal, bool /*debug*/,
                      std::optional<double> scale) {
  Counters::of_process().launch("aten::_scaled_dot_product_flash_attention");
  const at::Tensor out = empty_by_token(q);
  const at::Tensor sums =
      at::empty({q.size(0), q.size(1), q.size(2)}, q.options().dtype(at::kFloat));
  if (!is_dry()) {
    const auto [mine, logs] = at::_scaled_dot_product_flash_attention_for_cpu(
        host_view(q), for_heads(k, q.size(1)), for_heads(v, q.size(1)), 0.0, causal, {}, scale);
    host_view(out).copy_(mine);
    host_view(sums).copy_(logs);
  }
  const at::Tensor state = at::empty({2}, q.options().dtype(at::kUInt64));
  return {out,
          sums,
          at::Tensor(),
          at::Tensor(),
          c10::SymInt(q.size(2)),
          c10::SymInt(k.size(2)),
          state,
          at::Tensor(),
          at::Tensor()};
}

/// Sum over the heads that share keys.
at::Tensor shared(const at::Tensor& x, std::int64_t heads) {
  return x.view({x.size(0), heads, x.size(1) / heads, x.size(2), x.size(3)}).sum(2);
}

// The operator's types.  NOLINTBEGIN(performance-unnecessary-value-param)
std::tuple<at::Tensor, at::Tensor, at::Tensor> flash_attention_backward(
    const at::Tensor& dout, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
    const at::Tensor& out, const at::Tensor& sums, const at::Tensor& /*q_ends*/,
    const at::Tensor& /*k_ends*/, c10::SymInt /*most_q*/, c10::SymInt /*most_k*/,
    double /*dropout*/, bool causal, const at::Tensor& /*seed*/, const at::Tensor& /*offset*/,
    std::optional<double> scale) {
  // NOLINTEND(performance-unnecessary-value-param)
  Counters::of_process().launch("aten::_scaled_dot_product_flash_attention_backward");
  const at::Tensor dq = empty_by_token(q), dk = empty_by_token(k), dv = empty_by_token(v);
  if (is_dry()) return {dq, dk, dv};
  const auto [a, b, c] = at::_scaled_dot_product_flash_attention_for_cpu_backward(
      by_token(host_view(dout)), host_view(q), for_heads(k, q.size(1)), for_heads(v, q.size(1)),
      by_token(host_view(out)), host_view(sums), 0.0, causal, {}, scale);
  host_view(dq).copy_(a);
  host_view(dk).copy_(shared(b.contiguous(), k.size(1)));
  host_view(dv).copy_(shared(c.contiguous(), v.size(1)));
  return {dq, dk, dv};
}

}  // namespace

TORCH_LIBRARY_IMPL(aten, CUDA, m) {
  m.impl("mm", mm);
  m.impl("mm.out", mm_out);
  m.impl("mm.dtype", mm_widened);
  m.impl("addmm.dtype_out", addmm_widened);
  m.impl("_grouped_mm", grouped_mm);
  m.impl("_scaled_dot_product_flash_attention", flash_attention);
  m.impl("_scaled_dot_product_flash_attention_backward", flash_attention_backward);
}

}  // namespace fake_gpu

namespace at::native {
REGISTER_CUDA_DISPATCH(_fused_sdp_choice_stub, &fake_gpu::choose_attention)
}
