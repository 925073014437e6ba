// A router's gate: a warp has kRows rows at a time, so that each pack of the weights that it reads
// serves all of them, and up to kMostHeld experts, so that it reads the rows once.
#include "cuda/dispatch.hpp"
#include "cuda/kernels.hpp"
#include "cuda/packs.hpp"
#include "cuda/team.hpp"

namespace btx::cuda {
namespace {

constexpr int kRows = 4, kMostHeld = 16;

/// Adds a thread's part of the products of `left` rows with E experts, of which `experts` exist.
template <class T, int W, int E>
__device__ __forceinline__ void add_products(const T* x, int left, const float* w, int experts,
                                             std::int64_t width, float (&sums)[kRows * E]) {
  for (std::int64_t i = static_cast<int>(threadIdx.x) * W; i < width; i += kWarp * W) {
    Floats<W> in[kRows];
    BTX_UNROLL
    for (int r = 0; r < kRows; ++r) {
      in[r] = {};
      if (r < left) in[r] = widen(load<W>(x + r * width + i));
    }
    BTX_UNROLL
    for (int e = 0; e < E; ++e) {
      if (e >= experts) continue;
      const Floats<W> weight = load_floats<W>(w + e * width + i);
      BTX_UNROLL
      for (int r = 0; r < kRows; ++r) {
        BTX_UNROLL
        for (int c = 0; c < W; ++c) sums[r * E + e] += in[r].v[c] * weight.v[c];
      }
    }
  }
}

/// Those of `left` rows and `experts` experts: every lane has all sums, each writes its own.
template <int E>
__device__ __forceinline__ void write_sums(const float (&sums)[kRows * E], int left, int experts,
                                           std::int64_t stride, float* logits) {
  const int lane = static_cast<int>(threadIdx.x);
  constexpr int kEach = (kRows * E + kWarp - 1) / kWarp;
  float mine[kEach] = {};
  BTX_UNROLL
  for (int i = 0; i < kRows * E; ++i) {
    if (lane == i % kWarp) mine[i / kWarp] = sums[i];
  }
  BTX_UNROLL
  for (int i = 0; i < kEach; ++i) {
    const int row = (i * kWarp + lane) / E, expert = (i * kWarp + lane) % E;
    if (row < left && expert < experts) logits[row * stride + expert] = mine[i];
  }
}

template <class T, int W, int E>
__global__ void __launch_bounds__(kThreads)
    gate_rows(const T* x, const float* w, std::int64_t rows, std::int64_t width, int experts,
              float* logits) {
  const std::int64_t first = team_row() * kRows;
  if (first >= rows) return;
  const int left = static_cast<int>(rows - first < kRows ? rows - first : kRows);
  x += first * width;
  logits += first * experts;
  float* const none = nullptr;
  for (int begin = 0; begin < experts; begin += E) {
    float sums[kRows * E] = {};
    add_products<T, W, E>(x, left, w + begin * width, experts - begin, width, sums);
    over_team<Add>(sums, none);
    write_sums<E>(sums, left, experts - begin, experts, logits + begin);
  }
}

/// A warp holds as few experts as it can; E at a time where they are more than kMostHeld.
template <class T, int W, int E>
int launch_held(void* stream, const T* x, const float* w, std::int64_t rows, std::int64_t width,
                int experts, float* logits) {
  if constexpr (W > 1 && E < kMostHeld) {
    if (experts > E) return launch_held<T, W, 2 * E>(stream, x, w, rows, width, experts, logits);
  }
  const dim3 block(kWarp, kThreads / kWarp);
  return launch(gate_rows<T, W, E>, row_grid(blocks_for(rows, kRows), block), block, stream, x, w,
                rows, width, experts, logits);
}

}  // namespace

BTX_CUDA_FUNCTION int btx_cuda_gate(void* stream, Type type, const void* x, const float* w,
                                    std::int64_t rows, std::int64_t width, std::int64_t experts,
                                    float* logits) {
  if (rows == 0 || experts == 0) return 0;
  return with_access(type, width, {x, w}, [&](auto access) {
    using T = typename decltype(access)::Element;
    constexpr int kWide = decltype(access)::kWide;
    // Rows that allow no packs are slow in any case: one kernel is enough for them.
    return launch_held < T, kWide,
           kWide == 1 ? 4
                      : 2 > (stream, static_cast<const T*>(x), w, rows, width,
                             static_cast<int>(experts), logits);
  });
}

}  // namespace btx::cuda
