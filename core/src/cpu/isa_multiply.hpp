#pragma once
// A product of small matrices, in tiles that stay in registers.
// A part of rows_isa.cpp, which is compiled once for each instruction set, in that one's namespace.
#include "cpu/isa_math.hpp"

namespace btx::cpu::BTX_ISA {
namespace {

/// Eight floats; a register of AVX2. Plain arrays of sums are not kept in registers by GCC 12.
using Lanes = float __attribute__((vector_size(32), aligned(4), may_alias));
constexpr std::int64_t kLanes = 8;

BTX_INLINE const Lanes* lanes(const float* x, int v) {
  return reinterpret_cast<const Lanes*>(x + v * kLanes);
}
BTX_INLINE Lanes* lanes(float* x, int v) {
  return reinterpret_cast<Lanes*>(x + v * kLanes);
}

/// R rows and V x 8 columns of a product. Sums run over k in order, whatever the tile.
template <int R, int V>
BTX_INLINE void multiply_tile(std::int64_t k, const float* a, std::int64_t lda, const float* b,
                              std::int64_t ldb, float* c, std::int64_t ldc, bool add) {
  Lanes sum[R][V];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) sum[r][v] = add ? *lanes(c + r * ldc, v) : Lanes{};
  }
  for (std::int64_t l = 0; l < k; ++l, ++a, b += ldb) {
    Lanes row[V];
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) row[v] = *lanes(b, v);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) sum[r][v] += a[r * lda] * row[v];
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) *lanes(c + r * ldc, v) = sum[r][v];
  }
}

/// The columns that are left over.
BTX_INLINE void multiply_column(std::int64_t m, std::int64_t k, const float* a, std::int64_t lda,
                                const float* b, std::int64_t ldb, float* c, std::int64_t ldc,
                                bool add) {
  for (std::int64_t i = 0; i < m; ++i) {
    float sum = add ? c[i * ldc] : 0.0F;
    for (std::int64_t l = 0; l < k; ++l) sum += a[i * lda + l] * b[l * ldb];
    c[i * ldc] = sum;
  }
}

/// V x 8 columns of a product, all rows.
template <int V>
BTX_INLINE void multiply_columns(std::int64_t m, std::int64_t k, const float* a, std::int64_t lda,
                                 const float* b, std::int64_t ldb, float* c, std::int64_t ldc,
                                 bool add) {
  constexpr int kRows = 6;  // with V = 2 12 of AVX2's 16 registers
  std::int64_t i = 0;
  for (; i + kRows <= m; i += kRows) {
    multiply_tile<kRows, V>(k, a + i * lda, lda, b, ldb, c + i * ldc, ldc, add);
  }
  for (; i < m; ++i) multiply_tile<1, V>(k, a + i * lda, lda, b, ldb, c + i * ldc, ldc, add);
}

void multiply(std::int64_t m, std::int64_t n, std::int64_t k, const float* a, std::int64_t lda,
              const float* b, std::int64_t ldb, float* c, std::int64_t ldc, bool add) {
  std::int64_t j = 0;
  for (; j + 16 <= n; j += 16) multiply_columns<2>(m, k, a, lda, b + j, ldb, c + j, ldc, add);
  for (; j + 8 <= n; j += 8) multiply_columns<1>(m, k, a, lda, b + j, ldb, c + j, ldc, add);
  for (; j < n; ++j) multiply_column(m, k, a, lda, b + j, ldb, c + j, ldc, add);
}

}  // namespace
}  // namespace btx::cpu::BTX_ISA
