#pragma once
// Loops over rows of contiguous memory that ATen would do in several passes. Compiled once for each
// instruction set (rows_isa.cpp) and chosen when the program runs. Element types: float and
// bfloat16 (as its 16 bits); arithmetic is always float32.

#include <cstdint>

namespace btx::cpu {

/// bfloat16 as stored.
using Bf16 = std::uint16_t;

/// What AdamW does to a segment of the flat buffers (see train/adamw.hpp).
struct AdamWStep {
  float lr, beta1, beta2, epsilon, weight_decay;
  float correction1, correction2;  ///< 1 - beta^t
  float gradient_scale;            ///< from clipping and averaging
};

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
  /// Rotates the halves of `heads` heads of each row in place; row r is position r % positions.
  /// `direction` -1 undoes it. cosine, sine [positions, d/2].
  void (*rotate)(T* x, const float* cosine, const float* sine, std::int64_t rows,
                 std::int64_t first_row, std::int64_t positions, std::int64_t stride,
                 std::int64_t heads, std::int64_t head_dim, float direction);
  /// Cross entropy of each row of logits; logits become softmax - onehot (0 for target < 0).
  void (*cross_entropy)(T* logits, const std::int64_t* targets, float* loss, std::int64_t rows,
                        std::int64_t width);
  /// y[r] = sum over k of scale[r,k] * x[source[r,k]]; sources < 0 are left out; scale may be null.
  void (*combine)(const T* x, const std::int64_t* source, const float* scale, T* y,
                  std::int64_t rows, std::int64_t slots, std::int64_t width);
};

/// The loops of one instruction set.
struct Kernels {
  RowKernels<float> f32;
  RowKernels<Bf16> bf16;
  void (*adamw)(float* w, const float* gradient, float* m, float* v, std::int64_t n,
                const AdamWStep& step);
  double (*sum_of_squares)(const float* x, std::int64_t n);
};

/// For the best instruction set this CPU has.
const Kernels& kernels();

template <class T>
const RowKernels<T>& row_kernels();

}  // namespace btx::cpu
