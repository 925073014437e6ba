#pragma once
// A product of small matrices, in tiles that stay in registers.
// A part of rows_isa.cpp, which is compiled once for each instruction set, in that one's namespace.
#include "kernels/cpu/isa_math.hpp"

namespace btx::cpu::BTX_ISA {
namespace {

/// R rows and C columns of a product. Sums run over k in order, whatever the tile.
template <int R, int C>
BTX_INLINE void multiply_tile(std::int64_t k, const float* a, std::int64_t lda, const float* b,
                              std::int64_t ldb, float* c, std::int64_t ldc, bool add) {
  float sum[R][C];
  for (int r = 0; r < R; ++r) {
    for (int j = 0; j < C; ++j) sum[r][j] = add ? c[r * ldc + j] : 0.0F;
  }
  for (std::int64_t l = 0; l < k; ++l, ++a, b += ldb) {
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 16
      for (int j = 0; j < C; ++j) sum[r][j] += a[r * lda] * b[j];
    }
  }
  for (int r = 0; r < R; ++r) {
    for (int j = 0; j < C; ++j) c[r * ldc + j] = sum[r][j];
  }
}

/// C columns of a product, all rows.
template <int C>
BTX_INLINE void multiply_columns(std::int64_t m, std::int64_t k, const float* a, std::int64_t lda,
                                 const float* b, std::int64_t ldb, float* c, std::int64_t ldc,
                                 bool add) {
  constexpr int kRows = 6;  // with 16 columns 12 of AVX2's 16 registers
  std::int64_t i = 0;
  for (; i + kRows <= m; i += kRows) {
    multiply_tile<kRows, C>(k, a + i * lda, lda, b, ldb, c + i * ldc, ldc, add);
  }
  for (; i < m; ++i) multiply_tile<1, C>(k, a + i * lda, lda, b, ldb, c + i * ldc, ldc, add);
}

void multiply(std::int64_t m, std::int64_t n, std::int64_t k, const float* a, std::int64_t lda,
              const float* b, std::int64_t ldb, float* c, std::int64_t ldc, bool add) {
  std::int64_t j = 0;
  for (; j + 16 <= n; j += 16) multiply_columns<16>(m, k, a, lda, b + j, ldb, c + j, ldc, add);
  for (; j < n; ++j) multiply_columns<1>(m, k, a, lda, b + j, ldb, c + j, ldc, add);
}

}  // namespace
}  // namespace btx::cpu::BTX_ISA
