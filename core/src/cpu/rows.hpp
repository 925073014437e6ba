#pragma once
// Loops over rows of contiguous memory that ATen would do in several passes. Compiled once for each
// instruction set (rows_isa.cpp) and chosen when the program runs. Element types: float and
// bfloat16 (as its 16 bits); arithmetic is always float32.

#include "cpu/adamw_step.hpp"

#include <cstdint>

namespace btx::cpu {

/// bfloat16 as stored.
using Bf16 = std::uint16_t;

/// Loops over the rows of one element type: `rows` of `width` elements, one behind another.
template <class T>
struct RowKernels {
  /// y = x * rstd * w; rstd [rows] is kept for the backward pass.
  void (*rms_norm)(const T* x, const float* w, T* y, float* rstd, std::int64_t rows,
                   std::int64_t width, float eps);
  /// dx, and dw [width] += over these rows.
  void (*rms_norm_backward)(const T* x, const float* w, const float* rstd, const T* dy, T* dx,
                            float* dw, std::int64_t rows, std::int64_t width);
  /// y [rows, width] from x [rows, 2 width].
  void (*swiglu)(const T* x, T* y, std::int64_t rows, std::int64_t width);
  /// dx [rows, 2 width] from x and dy [rows, width]. With weights [rows]: y's gradient is
  /// weight x dy, dweights = <dy, y>, and y_out = weight x y is written for the weight gradient.
  void (*swiglu_backward)(const T* x, const T* dy, const float* weights, T* dx, float* dweights,
                          T* y_out, std::int64_t rows, std::int64_t width);
  /// y [rows, width] = rows of x, `stride` apart, as float32; with a cosine the halves of each row
  /// are rotated by the angles of position = row (cosine, sine [rows, width/2]).
  void (*load_rotated)(const T* x, std::int64_t stride, const float* cosine, const float* sine,
                       float* y, std::int64_t rows, std::int64_t width);
  /// The reverse: rotates by the opposite angles and stores.
  void (*store_rotated)(const float* x, const float* cosine, const float* sine, T* y,
                        std::int64_t stride, std::int64_t rows, std::int64_t width);
  /// Cross entropy of each row of logits; logits become softmax - onehot (0 for target < 0).
  void (*cross_entropy)(T* logits, const std::int64_t* targets, float* loss, std::int64_t rows,
                        std::int64_t width);
  /// y[r] = sum over k of scale[r,k] * x[source[r,k]]; sources < 0 are left out; scale may be null.
  void (*combine)(const T* x, const std::int64_t* source, const float* scale, T* y,
                  std::int64_t rows, std::int64_t slots, std::int64_t width);
};

/// The loops of attention, on blocks of scores [rows, keys] in float32 with leading dimension ld.
/// Row r is the query at position first + r and sees the keys 0..first + r.
struct AttentionKernels {
  /// s becomes softmax(scale x s), 0 for keys not seen; lse [rows] is kept for the backward pass.
  void (*softmax)(float* s, std::int64_t rows, std::int64_t keys, std::int64_t first,
                  std::int64_t ld, float scale, float* lse);
  /// The same from a kept lse.
  void (*probabilities)(float* s, std::int64_t rows, std::int64_t keys, std::int64_t first,
                        std::int64_t ld, float scale, const float* lse);
  /// dp becomes scale x p x (dp - delta), the gradient of s; delta [rows] = <dO, O>.
  void (*softmax_backward)(const float* p, float* dp, const float* delta, std::int64_t rows,
                           std::int64_t keys, std::int64_t ld, float scale);
  /// out [rows] = <a, b>, row by row.
  void (*dot_rows)(const float* a, const float* b, float* out, std::int64_t rows,
                   std::int64_t width);
  /// out [columns, ld_out] = in^T, in [rows, ld_in].
  void (*transpose)(const float* in, std::int64_t ld_in, float* out, std::int64_t ld_out,
                    std::int64_t rows, std::int64_t columns);
  /// C [m, n] (+)= A [m, k] B [k, n], for processors that LibTorch's brgemm does not serve.
  void (*multiply)(std::int64_t m, std::int64_t n, std::int64_t k, const float* a, std::int64_t lda,
                   const float* b, std::int64_t ldb, float* c, std::int64_t ldc, bool add);
};

/// The loops of one instruction set.
struct Kernels {
  RowKernels<float> f32;
  RowKernels<Bf16> bf16;
  AttentionKernels attention;
  bool has_brgemm;  ///< LibTorch's brgemm works for float32
  /// As Ops::adamw and Ops::sum_of_squares, over n elements; a null copy is not written.
  void (*adamw)(float* w, const float* gradient, float* m, float* v, Bf16* copy, std::int64_t n,
                const AdamWStep& step);
  double (*sum_of_squares)(const float* x, std::int64_t n);
};

/// For the best instruction set this CPU has.
const Kernels& kernels();

/// Those of kernels() for float or Bf16.
template <class T>
const RowKernels<T>& row_kernels();

}  // namespace btx::cpu
