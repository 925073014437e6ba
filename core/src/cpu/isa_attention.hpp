#pragma once
// Loops over blocks of attention scores.
// A part of rows_isa.cpp, which is compiled once for each instruction set, in that one's namespace.
#include "cpu/isa_math.hpp"

#include <cmath>

namespace btx::cpu::BTX_ISA {
namespace {

void softmax(float* s, std::int64_t rows, std::int64_t keys, std::int64_t first, std::int64_t ld,
             float scale, float* lse) {
  for (std::int64_t r = 0; r < rows; ++r, s += ld) {
    const std::int64_t seen = first + r + 1;
    float top = s[0];
#pragma omp simd reduction(max : top)
    for (std::int64_t i = 0; i < seen; ++i) top = s[i] > top ? s[i] : top;
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (std::int64_t i = 0; i < seen; ++i) {
      s[i] = exp_approx((s[i] - top) * scale);
      sum += s[i];
    }
    const float inverse = 1.0F / sum;
    for (std::int64_t i = 0; i < seen; ++i) s[i] *= inverse;
    for (std::int64_t i = seen; i < keys; ++i) s[i] = 0;
    lse[r] = std::log(sum) + top * scale;
  }
}

void probabilities(float* s, std::int64_t rows, std::int64_t keys, std::int64_t first,
                   std::int64_t ld, float scale, const float* lse) {
  for (std::int64_t r = 0; r < rows; ++r, s += ld) {
    const std::int64_t seen = first + r + 1;
    const float shift = lse[r];
    for (std::int64_t i = 0; i < seen; ++i) s[i] = exp_approx(s[i] * scale - shift);
    for (std::int64_t i = seen; i < keys; ++i) s[i] = 0;
  }
}

void softmax_backward(const float* p, float* dp, const float* delta, std::int64_t rows,
                      std::int64_t keys, std::int64_t ld, float scale) {
  for (std::int64_t r = 0; r < rows; ++r, p += ld, dp += ld) {
    const float mean = delta[r];
    for (std::int64_t i = 0; i < keys; ++i) dp[i] = scale * p[i] * (dp[i] - mean);
  }
}

void dot_rows(const float* a, const float* b, float* out, std::int64_t rows, std::int64_t width) {
  for (std::int64_t r = 0; r < rows; ++r, a += width, b += width) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (std::int64_t i = 0; i < width; ++i) sum += a[i] * b[i];
    out[r] = sum;
  }
}

void transpose(const float* in, std::int64_t ld_in, float* out, std::int64_t ld_out,
               std::int64_t rows, std::int64_t columns) {
  constexpr std::int64_t kTile = 16;
  for (std::int64_t r0 = 0; r0 < rows; r0 += kTile) {
    const std::int64_t r1 = r0 + kTile < rows ? r0 + kTile : rows;
    for (std::int64_t c = 0; c < columns; ++c) {
      for (std::int64_t r = r0; r < r1; ++r) out[c * ld_out + r] = in[r * ld_in + c];
    }
  }
}

}  // namespace
}  // namespace btx::cpu::BTX_ISA
