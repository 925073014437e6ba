// Cross entropy of rows of logits: one reading for the greatest logit and the sum of exponentials
// together, a second one for the gradient, from the end of the row, whose packs the caches still
// hold.
#include "cuda/dispatch.hpp"
#include "cuda/exponential.hpp"
#include "cuda/kernels.hpp"
#include "cuda/packs.hpp"
#include "cuda/team.hpp"

namespace btx::cuda {
namespace {

constexpr int kEach = 4, kMostLanes = 1024;

/// The sum of exponentials of what a thread has seen, relative to the greatest of it.
struct Seen {
  float top = -INFINITY;
  float sum = 0;
  float finite = 0;  ///< 0, or NaN where a logit is not finite: exp(-inf) alone would not show
};

template <class T, int W>
__device__ __forceinline__ void see(const Pack<T, W> (&packs)[kEach], int count, Seen& seen) {
  float top = seen.top;
  BTX_UNROLL
  for (int p = 0; p < kEach; ++p) {
    const Floats<W> x = widen(packs[p]);
    BTX_UNROLL
    for (int i = 0; i < W; ++i) top = p < count ? fmaxf(top, x.v[i]) : top;
  }
  // Nothing seen yet is a sum of 0, which exp(-inf - -inf) would make NaN of.
  if (seen.sum != 0) seen.sum *= exponential(seen.top - top);
  seen.top = top;
  BTX_UNROLL
  for (int p = 0; p < kEach; ++p) {
    if (p >= count) continue;
    const Floats<W> x = widen(packs[p]);
    BTX_UNROLL
    for (int i = 0; i < W; ++i) {
      seen.sum += exponential(x.v[i] - top);
      seen.finite += x.v[i] * 0.0F;
    }
  }
}

template <class T, int W>
__device__ __forceinline__ Seen see_row(const T* row, int packs) {
  Seen seen;
  const int lanes = static_cast<int>(blockDim.x);
  for (int first = static_cast<int>(threadIdx.x); first < packs; first += kEach * lanes) {
    Pack<T, W> taken[kEach] = {};
    BTX_UNROLL
    for (int p = 0; p < kEach; ++p) {
      if (first + p * lanes < packs) taken[p] = load<W>(row + (first + p * lanes) * W);
    }
    see(taken, (packs - first + lanes - 1) / lanes, seen);
  }
  return seen;
}

/// softmax - onehot of one pack, which begins at logit `first`.
template <class T, int W>
__device__ __forceinline__ Pack<T, W> gradient(Pack<T, W> logits, float top, float inverse,
                                               int first, int target) {
  Floats<W> x = widen(logits);
  BTX_UNROLL
  for (int i = 0; i < W; ++i) {
    x.v[i] = exponential(x.v[i] - top) * inverse;
    if (first + i == target) x.v[i] -= 1.0F;
  }
  return narrow<T>(x);
}

template <class T, int W>
__device__ __forceinline__ void write_gradient(T* row, int packs, float top, float inverse,
                                               int target) {
  const int lanes = static_cast<int>(blockDim.x), lane = static_cast<int>(threadIdx.x);
  if (packs <= lane) return;
  for (int last = lane + (packs - 1 - lane) / lanes * lanes; last >= 0; last -= kEach * lanes) {
    Pack<T, W> taken[kEach] = {};
    BTX_UNROLL
    for (int p = 0; p < kEach; ++p) {
      if (last - p * lanes >= 0) taken[p] = load<W>(row + (last - p * lanes) * W);
    }
    BTX_UNROLL
    for (int p = 0; p < kEach; ++p) {
      const int at = (last - p * lanes) * W;
      if (at >= 0) store(row + at, gradient(taken[p], top, inverse, at, target));
    }
  }
}

template <class T, int W>
__global__ void __launch_bounds__(kMostLanes)
    cross_entropy_rows(T* logits, const std::int64_t* targets, std::int64_t rows, int vocabulary,
                       bool write, float* loss) {
  BTX_SHARED(float, part, kMostWarps);
  BTX_SHARED(float, parts, 2 * kMostWarps);
  const std::int64_t row = team_row();
  const int target = row < rows ? static_cast<int>(targets[row]) : -1;
  const int packs = vocabulary / W;
  logits += row * vocabulary;
  const Seen seen = see_row<T, W>(logits, target >= 0 ? packs : 0);
  const bool tells = target >= 0 && threadIdx.x == 0;
  const float right = tells ? widen(load<1>(logits + target)).v[0] : 0;
  __syncwarp();  // the target's logit is read before anyone writes its gradient
  const float top = over_team<Greater>(seen.top, part);
  float sums[2] = {seen.sum != 0 ? seen.sum * exponential(seen.top - top) : 0, seen.finite};
  over_team<Add>(sums, parts);
  if (row >= rows) return;
  if (threadIdx.x == 0) loss[row] = tells ? logf(sums[0]) + (top - right) + sums[1] : 0;
  if (!write) return;
  if (target >= 0) {
    write_gradient<T, W>(logits, packs, top, 1.0F / sums[0], target);
    return;
  }
  for (int i = static_cast<int>(threadIdx.x); i < packs; i += static_cast<int>(blockDim.x)) {
    store(logits + i * W, Pack<T, W>{});
  }
}

}  // namespace

BTX_CUDA_FUNCTION int btx_cuda_cross_entropy(void* stream, Type type, void* logits,
                                             const std::int64_t* targets, std::int64_t rows,
                                             std::int64_t vocabulary, bool gradient, float* loss) {
  if (rows == 0) return 0;
  return with_access(type, vocabulary, {logits}, [&](auto access) {
    using T = typename decltype(access)::Element;
    constexpr int kWide = decltype(access)::kWide;
    const dim3 block = row_block(rows, vocabulary / kWide, kEach, kMostLanes);
    return launch(cross_entropy_rows<T, kWide>, row_grid(rows, block), block, stream,
                  static_cast<T*>(logits), targets, rows, static_cast<int>(vocabulary), gradient,
                  loss);
  });
}

}  // namespace btx::cuda
