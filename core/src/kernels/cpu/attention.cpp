// Causal attention on the CPU: blocks of 64 queries against all keys they see, so that the upper
// triangle is never computed; scores in float32, products by LibTorch's brgemm (several times the
// speed of its own flash attention at these sizes, core/docs/performance.md). The backward pass
// computes the probabilities again from the kept log-sum-exp.
// Source: Dao et al. 2022, arXiv:2205.14135 (recomputation; the blocking here is simpler).
#include "kernels/cpu/autograd.hpp"
#include "kernels/cpu/ops.hpp"

#include <ATen/native/CPUBlas.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include <cmath>
#include <vector>

namespace btx::cpu {
namespace {

constexpr std::int64_t kRows = 64;

void multiply(std::int64_t m, std::int64_t n, std::int64_t k, const float* a, std::int64_t lda,
              const float* b, std::int64_t ldb, float* c, std::int64_t ldc, bool add) {
  if (kernels().has_brgemm) {
    at::native::cpublas::brgemm(m, n, k, lda, ldb, ldc, add, a, b, c, /*is_vnni=*/false);
  } else {
    kernels().attention.multiply(m, n, k, a, lda, b, ldb, c, ldc, add);
  }
}

/// Sizes and the rotation of one call.
struct Problem {
  AttentionShape shape;
  std::int64_t tokens;  ///< T
  const float* cosine;
  const float* sine;

  std::int64_t dim() const { return shape.head_dim; }
  std::int64_t stride() const { return (shape.heads + 2 * shape.kv_heads) * dim(); }
  float scale() const { return 1.0F / std::sqrt(static_cast<float>(dim())); }
  std::int64_t group() const { return shape.heads / shape.kv_heads; }
};

/// Keys and values of one key-value head of one sequence, and room for a block of scores.
template <class T>
class Head {
 public:
  Head(const Problem& p, const T* qkv, std::int64_t kv_head)
      : p_(p),
        k(room()),
        v(room()),
        k_t(room()),
        v_t(room()),
        q(room()),
        scores(block()),
        other(block()),
        scores_t(block()) {
    const T* keys = qkv + (p.shape.heads + kv_head) * p.dim();
    row_kernels<T>().load_rotated(keys, p.stride(), p.cosine, p.sine, k.data(), p.tokens, p.dim());
    row_kernels<T>().load_rotated(keys + p.shape.kv_heads * p.dim(), p.stride(), nullptr, nullptr,
                                  v.data(), p.tokens, p.dim());
    kernels().attention.transpose(k.data(), p.dim(), k_t.data(), p.tokens, p.tokens, p.dim());
  }

  void load_query(const T* qkv, std::int64_t head) {
    row_kernels<T>().load_rotated(qkv + head * p_.dim(), p_.stride(), p_.cosine, p_.sine, q.data(),
                                  p_.tokens, p_.dim());
  }
  void transpose_values() {
    kernels().attention.transpose(v.data(), p_.dim(), v_t.data(), p_.tokens, p_.tokens, p_.dim());
  }
  /// scores [rows, keys] = queries from `first` on against all keys up to the last of them.
  void multiply_scores(std::int64_t first, std::int64_t rows) {
    multiply(rows, first + rows, p_.dim(), q.data() + first * p_.dim(), p_.dim(), k_t.data(),
             p_.tokens, scores.data(), p_.tokens, false);
  }

 private:
  std::vector<float> room() const {
    return std::vector<float>(static_cast<std::size_t>(p_.tokens * p_.dim()));
  }
  std::vector<float> block() const {
    return std::vector<float>(static_cast<std::size_t>(p_.tokens * kRows));
  }
  const Problem& p_;

 public:
  std::vector<float> k, v, k_t, v_t, q;        ///< [T, d], transposed [d, T]
  std::vector<float> scores, other, scores_t;  ///< [64, T], transposed [T, 64]
};

/// f(sequence, kv_head) on all threads.
template <class F>
void over_heads(const Problem& p, F f) {
  over_rows(p.shape.sequences * p.shape.kv_heads, p.group() * p.tokens * p.tokens,
            [&](std::int64_t begin, std::int64_t end) {
              for (std::int64_t i = begin; i < end; ++i) {
                f(i / p.shape.kv_heads, i % p.shape.kv_heads);
              }
              if (kernels().has_brgemm) at::native::cpublas::brgemm_release(false);
            });
}

template <class T>
void forward_group(const Problem& p, const T* qkv, std::int64_t kv_head, T* out, float* lse) {
  Head<T> h(p, qkv, kv_head);
  std::vector<float> o(static_cast<std::size_t>(p.tokens * p.dim()));
  for (std::int64_t head = kv_head * p.group(); head < (kv_head + 1) * p.group(); ++head) {
    h.load_query(qkv, head);
    for (std::int64_t first = 0; first < p.tokens; first += kRows) {
      const std::int64_t rows = std::min(kRows, p.tokens - first);
      h.multiply_scores(first, rows);
      kernels().attention.softmax(h.scores.data(), rows, first + rows, first, p.tokens, p.scale(),
                                  lse + head * p.tokens + first);
      multiply(rows, p.dim(), first + rows, h.scores.data(), p.tokens, h.v.data(), p.dim(),
               o.data() + first * p.dim(), p.dim(), false);
    }
    row_kernels<T>().store_rotated(o.data(), nullptr, nullptr, out + head * p.dim(),
                                   p.shape.heads * p.dim(), p.tokens, p.dim());
  }
}

/// Gradients of one sequence's q, k, v for the heads that share one key-value head.
template <class T>
void backward_group(const Problem& p, const T* qkv, std::int64_t kv_head, const T* out,
                    const T* d_out, const float* lse, T* d_qkv) {
  const AttentionKernels& loops = kernels().attention;
  const std::int64_t d = p.dim();
  const std::int64_t out_stride = p.shape.heads * d;
  const auto size = static_cast<std::size_t>(p.tokens * d);
  Head<T> h(p, qkv, kv_head);
  h.transpose_values();
  std::vector<float> o(size), d_o(size), dq(size), dk(size), dv(size);
  std::vector<float> delta(static_cast<std::size_t>(p.tokens));
  for (std::int64_t head = kv_head * p.group(); head < (kv_head + 1) * p.group(); ++head) {
    h.load_query(qkv, head);
    row_kernels<T>().load_rotated(out + head * d, out_stride, nullptr, nullptr, o.data(), p.tokens,
                                  d);
    row_kernels<T>().load_rotated(d_out + head * d, out_stride, nullptr, nullptr, d_o.data(),
                                  p.tokens, d);
    loops.dot_rows(o.data(), d_o.data(), delta.data(), p.tokens, d);
    for (std::int64_t first = 0; first < p.tokens; first += kRows) {
      const std::int64_t rows = std::min(kRows, p.tokens - first);
      const std::int64_t keys = first + rows;
      float* probabilities = h.scores.data();
      float* d_scores = h.other.data();
      const float* d_o_block = d_o.data() + first * d;
      h.multiply_scores(first, rows);
      loops.probabilities(probabilities, rows, keys, first, p.tokens, p.scale(),
                          lse + head * p.tokens + first);
      loops.transpose(probabilities, p.tokens, h.scores_t.data(), kRows, rows, keys);
      multiply(keys, d, rows, h.scores_t.data(), kRows, d_o_block, d, dv.data(), d, true);
      multiply(rows, keys, d, d_o_block, d, h.v_t.data(), p.tokens, d_scores, p.tokens, false);
      loops.softmax_backward(probabilities, d_scores, delta.data() + first, rows, keys, p.tokens,
                             p.scale());
      multiply(rows, d, keys, d_scores, p.tokens, h.k.data(), d, dq.data() + first * d, d, false);
      loops.transpose(d_scores, p.tokens, h.scores_t.data(), kRows, rows, keys);
      multiply(keys, d, rows, h.scores_t.data(), kRows, h.q.data() + first * d, d, dk.data(), d,
               true);
    }
    row_kernels<T>().store_rotated(dq.data(), p.cosine, p.sine, d_qkv + head * d, p.stride(),
                                   p.tokens, d);
  }
  T* d_keys = d_qkv + (p.shape.heads + kv_head) * d;
  row_kernels<T>().store_rotated(dk.data(), p.cosine, p.sine, d_keys, p.stride(), p.tokens, d);
  row_kernels<T>().store_rotated(dv.data(), nullptr, nullptr, d_keys + p.shape.kv_heads * d,
                                 p.stride(), p.tokens, d);
}

struct Attention : torch::autograd::Function<Attention> {
  static Problem problem(const at::Tensor& qkv, const AttentionShape& shape,
                         const at::Tensor& cosine, const at::Tensor& sine) {
    return {shape, qkv.size(0) / shape.sequences, cosine.const_data_ptr<float>(),
            sine.const_data_ptr<float>()};
  }

  static at::Tensor forward(AutogradContext* context, const at::Tensor& qkv_in,
                            const AttentionShape& shape, const at::Tensor& cosine_in,
                            const at::Tensor& sine_in) {
    const at::Tensor qkv = qkv_in.contiguous();
    const at::Tensor cosine = cosine_in.contiguous();
    const at::Tensor sine = sine_in.contiguous();
    const Problem p = problem(qkv, shape, cosine, sine);
    at::Tensor out = at::empty({qkv.size(0), shape.heads * shape.head_dim}, qkv.options());
    const at::Tensor lse = at::empty({shape.sequences, shape.heads, p.tokens}, cosine.options());
    by_type(qkv, [&](auto type) {
      using T = decltype(type);
      over_heads(p, [&](std::int64_t sequence, std::int64_t kv_head) {
        forward_group(p, rows_of<T>(qkv) + sequence * p.tokens * p.stride(), kv_head,
                      rows_of<T>(out) + sequence * p.tokens * shape.heads * shape.head_dim,
                      lse.data_ptr<float>() + sequence * shape.heads * p.tokens);
      });
    });
    context->save_for_backward({qkv, cosine, sine, out, lse});
    context->saved_data["shape"] =
        std::vector<std::int64_t>{shape.sequences, shape.heads, shape.kv_heads, shape.head_dim};
    return out;
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &qkv = saved[0], &out = saved[3], &lse = saved[4];
    const auto sizes = context->saved_data["shape"].toIntVector();
    const AttentionShape shape{sizes[0], sizes[1], sizes[2], sizes[3]};
    const Problem p = problem(qkv, shape, saved[1], saved[2]);
    const at::Tensor d_out = grads[0].contiguous();
    const at::Tensor d_qkv = at::empty_like(qkv);
    const std::int64_t out_size = p.tokens * shape.heads * shape.head_dim;
    by_type(qkv, [&](auto type) {
      using T = decltype(type);
      over_heads(p, [&](std::int64_t sequence, std::int64_t kv_head) {
        backward_group(p, rows_of<T>(qkv) + sequence * p.tokens * p.stride(), kv_head,
                       rows_of<T>(out) + sequence * out_size,
                       rows_of<T>(d_out) + sequence * out_size,
                       lse.const_data_ptr<float>() + sequence * shape.heads * p.tokens,
                       rows_of<T>(d_qkv) + sequence * p.tokens * p.stride());
      });
    });
    return {d_qkv, at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

}  // namespace

at::Tensor attention(const at::Tensor& qkv, const AttentionShape& shape, const at::Tensor& cosine,
                     const at::Tensor& sine) {
  return Attention::apply(qkv, shape, cosine, sine);
}

}  // namespace btx::cpu
