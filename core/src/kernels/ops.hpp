#pragma once
// Every operation of the model, declared once. Each has a plain ATen reference (the oracle of the
// tests), and where it pays a faster version with the same meaning.
//
// Shapes here: B sequences of T tokens, N = B*T, D hidden, H heads, G key-value heads, d head size,
// F FFN size, E experts, K slots, V vocabulary. Activations are in the compute type (float32 or
// bfloat16; float64 in tests), row-major. The operations of the model are differentiable; those of
// the optimizer are not. All may be called by one thread at a time, and throw c10::Error on shapes
// that do not fit (a programmer's error).
//
// kernels/choose.hpp says which implementation runs where; nothing else chooses one.

#include "cpu/adamw_step.hpp"

#include <btx/export.hpp>

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace btx {

/// A parameter: the float32 master (a leaf whose gradient accumulates in the flat buffer) and its
/// copy in the compute type (the same tensor when that is float32). Where nothing is trained, and
/// no forward pass reads it in float32, both are the one copy in the compute type.
struct Weight {
  at::Tensor master;
  at::Tensor compute;
};

/// Heads and positions of an attention layer.
struct AttentionShape {
  std::int64_t sequences;  ///< B
  std::int64_t heads;      ///< H
  std::int64_t kv_heads;   ///< G
  std::int64_t head_dim;   ///< d
};

/// Who computes what in a mixture layer (see Routing in btx/router.hpp).
struct Dispatch {
  at::Tensor slots;    ///< [N, K] int64, -1 for none
  at::Tensor weights;  ///< [N, K] float32
};

/// What top_k() gives.
struct TopKRouting {
  at::Tensor slots;          ///< [N, k] int64
  at::Tensor weights;        ///< [N, k]
  at::Tensor probabilities;  ///< [N, E]
};

/// What was decided for the tokens of G sequences at one routing site (see Routing in
/// btx/router.hpp).
struct RoutedTokens {
  at::Tensor slots;          ///< [N, K] int64, -1 for none
  at::Tensor chosen;         ///< [N, C] int64, or undefined: as slots
  at::Tensor weights;        ///< [N, K]
  at::Tensor probabilities;  ///< [N, E]
  at::Tensor logits;         ///< [N, E]
  at::Tensor padding;        ///< [N] bool, or undefined: there is none
  std::int64_t groups;       ///< G, of N / G tokens each
};

/// What add_rms_norm() gives.
struct NormedSum {
  at::Tensor sum, normed;
};

/// One implementation of every operation.
struct Ops {
  /// x / rms(x) * w over the last dimension. x [N, D], w [D]; statistics in float32.
  /// Source: Zhang and Sennrich 2019, arXiv:1910.07467.
  at::Tensor (*rms_norm)(const at::Tensor& x, const Weight& w, double eps);

  /// s = x + added, rounded to their type, and rms_norm(s): a residual connection and the norm
  /// behind it. x, added [N, D].
  NormedSum (*add_rms_norm)(const at::Tensor& x, const at::Tensor& added, const Weight& w,
                            double eps);

  /// x w^T. x [N, I], w [O, I] -> [N, O].
  at::Tensor (*linear)(const at::Tensor& x, const Weight& w);

  /// Rotary embedding (halves rotated, as in Hugging Face's Llama) on queries and keys, then causal
  /// grouped-query attention with scale d^-1/2. qkv [N, (H+2G)d], cosine and sine [T, d/2] float32
  /// -> [N, Hd].   Source: Su et al. 2021, arXiv:2104.09864; Ainslie et al. 2023, arXiv:2305.13245.
  at::Tensor (*attention)(const at::Tensor& qkv, const AttentionShape& shape,
                          const at::Tensor& cosine, const at::Tensor& sine);

  /// The rotary embedding alone: x [B, T, H, d], cosine and sine [T, d/2] or [B, T, d/2] float32.
  at::Tensor (*rotate)(const at::Tensor& x, const at::Tensor& cosine, const at::Tensor& sine);

  /// Attention for inference, of queries to keys that earlier passes may have left: q [B, T, H, d]
  /// and k [B, G, S, d] rotated, v [B, G, S, d], visible [B, T, S] bool, at least one key for each
  /// query -> [B*T, Hd]. Not differentiable.
  at::Tensor (*attend)(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                       const at::Tensor& visible);

  /// silu(a) * b. x [N, 2F] holds a beside b -> [N, F]. Source: Shazeer 2020, arXiv:2002.05202.
  at::Tensor (*swiglu)(const at::Tensor& x);

  /// Logits x w^T of a router's gate, by the master weights: in float32 at least, whatever the
  /// compute type, as their order decides. x [N, D], w [E, D] -> [N, E].
  at::Tensor (*gate)(const at::Tensor& x, const Weight& w);

  /// The k experts with the largest score + bias of each token, largest first; of equal ones the
  /// first; NaN is largest. scores [N, E], bias [E] or undefined: none -> [N, k] int64. Needs
  /// 1 <= k <= E. Not differentiable.
  at::Tensor (*choose)(const at::Tensor& scores, const at::Tensor& bias, std::int64_t k);

  /// slots as choose() has them, weights the softmax over the logits of these, probabilities the
  /// softmax over all. logits [N, E], at least float32. Source: arXiv:2403.07816, section 3.2.
  TopKRouting (*top_k)(const at::Tensor& logits, const at::Tensor& bias, std::int64_t k);

  /// Sums over the tokens of each sequence that are not padding -> [G, 4 E + 2]: E of gate weights,
  /// E of probabilities, E counts of slots and E of chosen ones, squares of the log-sum-exp of the
  /// logits, and the number of tokens. Differentiable in weights, probabilities and logits.
  at::Tensor (*routing_sums)(const RoutedTokens& tokens);

  /// random_uniform(key, index[n] x columns + c) of btx/random.hpp, bit for bit: index [N] int64 ->
  /// [N, columns] float32. Not differentiable.
  at::Tensor (*uniform)(std::uint64_t key, const at::Tensor& index, std::int64_t columns);

  /// Sum over slots of weight x FFN of the slot's expert. x [N, D], gate_up [E, 2F, D],
  /// down [E, D, F] -> [N, D]. Each expert runs once, on a contiguous block of its tokens; none is
  /// dropped. Differentiable in x, the weights of the experts and `dispatch.weights`.
  /// Source: arXiv:2403.07816, section 3.2.
  at::Tensor (*expert_ffn)(const at::Tensor& x, const Weight& gate_up, const Weight& down,
                           const Dispatch& dispatch);

  /// Sum over slots of weight x (x w^T) of the slot's expert: one matrix of an FFN, routed by
  /// itself. x [N, I], w [E, O, I] -> [N, O]. Otherwise as expert_ffn.
  at::Tensor (*expert_linear)(const at::Tensor& x, const Weight& w, const Dispatch& dispatch);

  /// Cross entropy of logits h head^T: h [N, D], head [V, D], targets [N] int64 -> [N] float32, 0
  /// where the target is negative. The logits of a few rows exist at a time, but for the reference,
  /// and the gradients of the result have to be the same in every row with a target.
  at::Tensor (*cross_entropy)(const at::Tensor& h, const Weight& head, const at::Tensor& targets);

  /// One AdamW update in place, element by element, of g = gradient_scale x gradient:
  ///   m = beta1 m + (1 - beta1) g          v = beta2 v + (1 - beta2) g^2
  ///   w = w (1 - lr weight_decay) - lr (m / correction1) / (sqrt(v / correction2) + epsilon)
  /// All four are contiguous [n] of one type: float32, float64 in tests. `copy` is w in the compute
  /// type, which is written too; undefined where that is the type of w. Not differentiable.
  /// Source: Loshchilov and Hutter 2019, arXiv:1711.05101.
  void (*adamw)(const AdamWStep& step, const at::Tensor& w, const at::Tensor& gradient,
                const at::Tensor& m, const at::Tensor& v, const at::Tensor& copy);

  /// Sum of the squares of x [n], contiguous -> scalar float64 on the device of x. The same bits
  /// for any number of threads. Not differentiable.
  at::Tensor (*sum_of_squares)(const at::Tensor& x);
};

/// Plain ATen on any device and float type: the oracle.
BTX_EXPORT const Ops& reference_ops();
/// Plain ATen on any device and float type, faster and with less memory: what runs on a GPU.
BTX_EXPORT const Ops& aten_ops();
/// The fastest for a CPU in float32 and bfloat16; what has no faster version is aten_ops()'s.
BTX_EXPORT const Ops& cpu_ops();

/// The fastest for NVIDIA's GPUs in float32 and bfloat16: kernels of our own, which
/// kernels/cuda/module.hpp opens; what has none is aten_ops()'s. To be called where that module is
/// open.
BTX_EXPORT const Ops& cuda_ops();

}  // namespace btx
