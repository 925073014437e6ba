#pragma once
// The interface of libbtx_cuda.so: kernels of our own behind C functions, so that neither side
// needs the other's headers or compiler. The module knows nothing of LibTorch, and the program
// nothing of CUDA.
//
// Of every function: pointers are to memory of the current device, arrays are contiguous and
// row-major, without padding, but for `Heads`; `Type` is that of the arrays declared `void*`; sums
// and statistics are in float32, those of more than a row in a fixed order, so that the same input
// gives the same bits on one card. It enqueues on `stream` (a cudaStream_t, null for the default
// stream), does not wait, and allocates nothing. It returns 0, or CUDA's error, whose text
// btx_cuda_error_text() gives. A size of 0 is allowed: there is nothing to write then, and a sum of
// nothing is 0. Rows, and the elements of one row, are fewer than 2^31. Any thread may call it.
//
// N rows (tokens), B sequences of T tokens, H heads, G key-value heads, d head size, D width, F FFN
// size, E experts, K slots of a token, M = N K rows sorted by expert, V vocabulary.

#include <cstdint>

/// In front of each function's definition.
#define BTX_CUDA_FUNCTION extern "C" __attribute__((visibility("default")))

namespace btx::cuda {

/// Goes up when a function below changes; the program opens a module of its own version only.
constexpr int kVersion = 3;

enum class Type : int { float32 = 0, bfloat16 = 1 };

/// Rows of heads that lie apart from each other: elements of Type from one sequence, token and head
/// to the next. The elements of a row are neighbours. data is null for zeros.
struct Heads {
  const void* data;
  std::int64_t sequence, token, head;
};

constexpr std::int64_t kNormPartials = 256;
constexpr std::int64_t kSortBlock = 256;
/// Up to so many slots of so many experts sort_by_expert is one launch, of one block. A
/// multiprocessor reads and writes these in a few microseconds, about what three launches take on
/// an idle GPU; twice as many would want more blocks.
constexpr std::int64_t kSortAtOnce = 16384, kSortAtOnceExperts = 256;
constexpr std::int64_t kSumPartials = 1024;
constexpr std::int64_t kSumTokens = 128;
constexpr std::int64_t kMostExperts = 8192;  ///< of top_k

/// Columns and experts of a block of gate_backward.
constexpr std::int64_t kGateColumns = 512, kGateHeld = 16;
/// Among how many blocks gate_backward shares N rows out: as many as give a large GPU enough of
/// them together with those that share D and E out, each with some rows.
constexpr std::int64_t gate_partials(std::int64_t rows, std::int64_t width, std::int64_t experts) {
  const std::int64_t beside =
      ((width + kGateColumns - 1) / kGateColumns) * ((experts + kGateHeld - 1) / kGateHeld);
  std::int64_t partials = beside < 2 ? 256 : beside < 512 ? 512 / beside : 1;
  if (partials > (rows + 31) / 32) partials = (rows + 31) / 32;
  return partials < 1 ? 1 : partials;
}

}  // namespace btx::cuda

extern "C" {

/// kVersion of the module.
int btx_cuda_version();

/// CUDA's text for it; static.
const char* btx_cuda_error_text(int error);

/// y = s / rms(s) * w with s = x, or s = x + added where `added` is not null, rounded to Type
/// and written to `sum` then (sum may be x or added). scale[n] = 1 / rms(s[n]), float32 [N].
/// x, added, sum, y [N, D]; w [D]. Needs D >= 1.
int btx_cuda_rms_norm(void* stream, btx::cuda::Type type, const void* x, const void* added,
                      const float* w, std::int64_t rows, std::int64_t width, float epsilon,
                      void* sum, void* y, float* scale);

/// The gradients of rms_norm: with n = s scale and g = dy w, dx = scale (g - n mean(g n)) + dsum,
/// where dsum (null for none) is what came for s by other ways; dw += sum over rows of dy n, not
/// where dw is null. partial is float32 memory of kNormPartials x D numbers, null where dw is. dx
/// may be dy or dsum.
int btx_cuda_rms_norm_backward(void* stream, btx::cuda::Type type, const void* dy, const void* s,
                               const float* w, const float* scale, const void* dsum,
                               std::int64_t rows, std::int64_t width, void* dx, float* dw,
                               float* partial);

/// The rotary embedding of queries and keys, with the values as they are beside them: q [B, T, H,
/// d], k and v [B, T, G, d] -> out [B, T, H + 2G, d], which may be the array that they are parts
/// of. cosine and sine are float32 [T, d / 2]. inverse: turned back, which the gradients of q, k
/// and v are for that of the array before. Needs an even d.
int btx_cuda_rotate(void* stream, btx::cuda::Type type, btx::cuda::Heads q, btx::cuda::Heads k,
                    btx::cuda::Heads v, std::int64_t sequences, std::int64_t tokens,
                    std::int64_t heads, std::int64_t kv_heads, std::int64_t head_dim,
                    const float* cosine, const float* sine, bool inverse, void* out);

/// y = silu(a) b of x [N, 2F], a beside b -> [N, F].
int btx_cuda_swiglu(void* stream, btx::cuda::Type type, const void* x, std::int64_t rows,
                    std::int64_t width, void* y);

/// dx [N, 2F] from dy [N, F]; dx may be x.
int btx_cuda_swiglu_backward(void* stream, btx::cuda::Type type, const void* x, const void* dy,
                             std::int64_t rows, std::int64_t width, void* dx);

/// The slots [N, K] (expert, or -1 for none) as M rows sorted by expert, each expert's in the
/// order of (token, slot), those of no expert last. order [M]: the index into [N, K] of each row;
/// place [M]: the row of each such index; ends [E]: the end of each expert's rows. counts is
/// memory of (ceil(M / kSortBlock) + 1) x (E + 1) numbers, which may be null where M <= kSortAtOnce
/// and E <= kSortAtOnceExperts. Needs M < 2^31; a slot that is not in [0, E) counts as none.
int btx_cuda_sort_by_expert(void* stream, const std::int64_t* slots, std::int64_t sorted_rows,
                            std::int64_t experts, std::int32_t* order, std::int32_t* place,
                            std::int32_t* ends, std::int32_t* counts);

/// out[m] = x[order[m] / K], x [N, D], out [M, D].
int btx_cuda_gather_rows(void* stream, btx::cuda::Type type, const void* x,
                         const std::int32_t* order, std::int64_t sorted_rows, std::int64_t slots,
                         std::int64_t width, void* out);

/// out[n] = sum over k of weights[n, k] rows[place[n, k]], or with weight 1 where weights is
/// null; rows at or beyond *last (the last of ends) are left out whatever they hold. rows [M, D],
/// weights float32 [N, K], out [N, D]. Added up in the order of k, rounded once.
int btx_cuda_combine_rows(void* stream, btx::cuda::Type type, const void* rows,
                          const std::int32_t* place, const float* weights, const std::int32_t* last,
                          std::int64_t tokens, std::int64_t slots, std::int64_t width, void* out);

/// The inner part of an expert's backward pass, for each row m < *last with slot i = order[m],
/// weight r = weights[i], inner activation a = silu(h0) h1 of h [M, 2F] and gradient da [M, F] of
/// the unweighted a: dweights[i] = <da, a>; a_weighted[m] = r a; dh[m] = gradient of h by r da.
/// Rows at or beyond *last: dweights[i] = 0, the others zero. da and a_weighted may be the same,
/// and h and dh. dweights float32 [N, K].
int btx_cuda_weighted_swiglu_backward(void* stream, btx::cuda::Type type, const void* h,
                                      const void* da, const std::int32_t* order,
                                      const float* weights, const std::int32_t* last,
                                      std::int64_t sorted_rows, std::int64_t width, void* dh,
                                      void* a_weighted, float* dweights);

/// The same for one matrix: dweights[i] = <a[m], b[m]>, scaled[m] = r a[m]; zero at or beyond
/// *last. a, b, scaled [M, D]; scaled may be a or b.
int btx_cuda_weighted_dots(void* stream, btx::cuda::Type type, const void* a, const void* b,
                           const std::int32_t* order, const float* weights,
                           const std::int32_t* last, std::int64_t sorted_rows, std::int64_t width,
                           void* scaled, float* dweights);

/// Cross entropy of rows of logits [N, V] -> loss float32 [N], 0 where the target is negative.
/// With gradient, logits are overwritten by softmax - onehot, 0 in rows without a target. A
/// logit that is not finite gives a loss that is not. Needs targets < V.
int btx_cuda_cross_entropy(void* stream, btx::cuda::Type type, void* logits,
                           const std::int64_t* targets, std::int64_t rows, std::int64_t vocabulary,
                           bool gradient, float* loss);

/// logits = x w^T of a router's gate: x [N, D], w float32 [E, D], logits float32 [N, E].
int btx_cuda_gate(void* stream, btx::cuda::Type type, const void* x, const float* w,
                  std::int64_t rows, std::int64_t width, std::int64_t experts, float* logits);

/// The gradients of gate: dx = dlogits w, rounded once, and dw += dlogits^T x, each not where null.
/// dlogits [N, E]; dx [N, D]. partial is float32 memory of gate_partials(N, D, E) x E x D numbers,
/// null where dw is. Needs E >= 1.
int btx_cuda_gate_backward(void* stream, btx::cuda::Type type, const float* dlogits, const void* x,
                           const float* w, std::int64_t rows, std::int64_t width,
                           std::int64_t experts, void* dx, float* dw, float* partial);

/// Of each row of scores [N, E] the k experts with the greatest score + bias -> slots [N, k], the
/// greatest first, of equal ones the lowest expert first; a NaN is greater than any number. bias
/// [E], null for none. weights [N, k]: softmax over the chosen scores, without bias; probabilities
/// [N, E]: softmax over all scores; each not where null. As at::softmax, NaN in a row that has a
/// NaN, a +inf, or nothing but -inf. Needs 1 <= k <= E <= kMostExperts; an E beyond that is an
/// error.
int btx_cuda_top_k(void* stream, const float* scores, const float* bias, std::int64_t rows,
                   std::int64_t experts, std::int64_t k, std::int64_t* slots, float* weights,
                   float* probabilities);

/// The gradient of top_k's softmaxes: dlogits [N, E], with slots, weights and probabilities as
/// top_k gave them. dweights [N, k], dprobabilities [N, E]: null counts as zero, and what belongs
/// to it is not read then.
int btx_cuda_top_k_backward(void* stream, const float* dweights, const float* dprobabilities,
                            const std::int64_t* slots, const float* weights,
                            const float* probabilities, std::int64_t rows, std::int64_t experts,
                            std::int64_t k, float* dlogits);

/// Sums over the tokens of each of G groups of T, N = G T, padding ones left out -> sums
/// [G, 4 E + 2]. Of each expert: u, the sum of the weights of its slots; p, of its probabilities;
/// load, the number of its slots; chosen, of its slots in `chosen`, the same as load where that is
/// null. Then z, the sum of logsumexp(logits)^2, and the number of tokens. slots and weights
/// [N, K], chosen [N, C], probabilities and logits [N, E], padding [N], null for none; a slot that
/// is not in [0, E) counts as none. partial is memory of G x ceil(T / kSumTokens) x (4 E + 2)
/// numbers. Needs E >= 1.
int btx_cuda_routing_sums(void* stream, const std::int64_t* slots, const std::int64_t* chosen,
                          const float* weights, const float* probabilities, const float* logits,
                          const bool* padding, std::int64_t groups, std::int64_t tokens,
                          std::int64_t experts, std::int64_t slots_per_token,
                          std::int64_t chosen_per_token, float* partial, float* sums);

/// The gradients of routing_sums, of which load, chosen and the number of tokens have none:
/// dweights [N, K], dprobabilities and dlogits [N, E], each not where null. dsums [G, 4 E + 2].
/// Zero for padding tokens, and for the weight of a slot that counts as none.
int btx_cuda_routing_sums_backward(void* stream, const float* dsums, const std::int64_t* slots,
                                   const float* logits, const bool* padding, std::int64_t groups,
                                   std::int64_t tokens, std::int64_t experts,
                                   std::int64_t slots_per_token, float* dweights,
                                   float* dprobabilities, float* dlogits);

/// out[n, c] = random_uniform(key, index[n] x columns + c) of btx/random.hpp, the same bits.
/// index [N], out [N, columns]; the counter wraps at 2^64.
int btx_cuda_uniform(void* stream, std::uint64_t key, const std::int64_t* index, std::int64_t rows,
                     std::int64_t columns, float* out);

/// One AdamW update of n numbers, with g = gradient_scale x gradient:
///   m = beta1 m + (1 - beta1) g          v = beta2 v + (1 - beta2) g^2
///   w = w (1 - lr weight_decay) - lr (m / correction1) / (sqrt(v / correction2) + epsilon)
/// `copy`, where not null, is w in bfloat16 and is written too.
/// Source: Loshchilov and Hutter 2019, arXiv:1711.05101.
int btx_cuda_adamw(void* stream, float lr, float beta1, float beta2, float epsilon,
                   float weight_decay, float correction1, float correction2, float gradient_scale,
                   std::int64_t n, float* w, const float* gradient, float* m, float* v, void* copy);

/// *out = sum of squares of x [n], each squared and all added in float64. partial is float64
/// memory of kSumPartials numbers.
int btx_cuda_sum_of_squares(void* stream, const float* x, std::int64_t n, double* partial,
                            double* out);

}  // extern "C"
