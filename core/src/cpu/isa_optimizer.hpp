#pragma once
// AdamW and sums of squares.
// A part of rows_isa.cpp, which is compiled once for each instruction set, in that one's namespace.
#include "cpu/isa_math.hpp"

#include <cmath>

namespace btx::cpu::BTX_ISA {
namespace {

void adamw_piece(float* w, const float* gradient, float* m, float* v, std::int64_t n,
                 const AdamWStep& s) {
  const float decay = 1.0F - s.lr * s.weight_decay;
  for (std::int64_t i = 0; i < n; ++i) {
    const float g = gradient[i] * s.gradient_scale;
    m[i] = s.beta1 * m[i] + (1.0F - s.beta1) * g;
    v[i] = s.beta2 * v[i] + (1.0F - s.beta2) * g * g;
    const float denominator = std::sqrt(v[i] / s.correction2) + s.epsilon;
    w[i] = w[i] * decay - s.lr * (m[i] / s.correction1) / denominator;
  }
}

/// A piece is in the cache when it is narrowed, so that the loop over the floats stays simple.
void adamw(float* w, const float* gradient, float* m, float* v, Bf16* copy, std::int64_t n,
           const AdamWStep& s) {
  constexpr std::int64_t kPiece = 1024;
  for (std::int64_t begin = 0; begin < n; begin += kPiece) {
    const std::int64_t count = n - begin < kPiece ? n - begin : kPiece;
    adamw_piece(w + begin, gradient + begin, m + begin, v + begin, count, s);
    for (std::int64_t i = begin; copy != nullptr && i < begin + count; ++i) {
      copy[i] = narrow<Bf16>(w[i]);
    }
  }
}

double sum_of_squares(const float* x, std::int64_t n) {
  double total = 0;
  for (std::int64_t begin = 0; begin < n; begin += 1024) {
    const std::int64_t end = begin + 1024 < n ? begin + 1024 : n;
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (std::int64_t i = begin; i < end; ++i) sum += x[i] * x[i];
    total += sum;
  }
  return total;
}

}  // namespace
}  // namespace btx::cpu::BTX_ISA
