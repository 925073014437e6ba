#pragma once
// rms_norm's backward pass for rows of which a thread holds P packs: R rows at a time, whose loads
// are all in flight together and whose means need one barrier. A thread sees the same columns of
// all its rows and sums dw in registers.
#include "cuda/norm/norm_gradient.hpp"
#include "cuda/team.hpp"

namespace btx::cuda {

constexpr int kShared = kThreads * 8;  ///< columns of all teams of a block that has more than one

/// The packs of R rows of one array, of which `left` exist, if any; zero beyond them and beyond the
/// columns, or where the array is null.
template <class T, int W, int P, int R>
__device__ __forceinline__ void take(const T* array, std::int64_t begin, int left, int width,
                                     Pack<T, W> (&packs)[R][P]) {
  BTX_UNROLL
  for (int p = 0; p < P; ++p) {
    const int column = static_cast<int>(threadIdx.x + p * blockDim.x) * W;
    BTX_UNROLL
    for (int r = 0; r < R; ++r) {
      packs[r][p] = {};
      if (array != nullptr && r < left && column < width) {
        packs[r][p] = load<W>(array + begin + (r * width + column));
      }
    }
  }
}

/// What is needed after the barrier, and underway while that is waited for: in registers where
/// there is room, near otherwise.
template <class T, int W, int P, int R>
__device__ __forceinline__ void take_near(const T* array, std::int64_t begin, int left, int width,
                                          Pack<T, W> (&packs)[R][P]) {
  if constexpr (P == 1) {
    take<T, W, P, R>(array, begin, left, width, packs);
  } else {
    BTX_UNROLL
    for (int p = 0; p < P; ++p) {
      const int column = static_cast<int>(threadIdx.x + p * blockDim.x) * W;
      BTX_UNROLL
      for (int r = 0; r < R; ++r) {
        if (array == nullptr || r >= left || column >= width) continue;
        prefetch(array + begin + (r * width + column));
      }
    }
  }
}

/// w of the thread's pack p, from the cache each time: in registers there is no room for it.
template <int W>
__device__ __forceinline__ Floats<W> weights(const float* w, int column, int width) {
  if (column >= width) return {};
  return load_floats<W>(w + column);
}

/// dx of R rows; adds to the sums of dw.
template <class T, int W, int P, int R>
__device__ __forceinline__ void step(const NormGradient<T>& of, unsigned first,
                                     Floats<W> (&sums)[P], float* part) {
  const std::int64_t begin = std::int64_t{first} * of.width;
  const int left = static_cast<int>(static_cast<unsigned>(of.rows) - first);
  Pack<T, W> dy[R][P], s[R][P], dsum[R][P];
  take<T, W, P, R>(of.dy, begin, left, of.width, dy);
  take<T, W, P, R>(of.s, begin, left, of.width, s);
  float dots[R] = {};
  BTX_UNROLL
  for (int p = 0; p < P; ++p) {
    const int column = static_cast<int>(threadIdx.x + p * blockDim.x) * W;
    const Floats<W> w = weights<W>(of.w, column, of.width);
    BTX_UNROLL
    for (int r = 0; r < R; ++r) {
      const float scale = r < left ? of.scale[first + r] : 0;
      dots[r] += dot(dy[r][p], s[r][p], w, scale, sums[p]);
    }
  }
  take_near<T, W, P, R>(of.dsum, begin, left, of.width, dsum);
  over_team<Add>(dots, part);
  if (P > 1) take<T, W, P, R>(of.dsum, begin, left, of.width, dsum);
  BTX_UNROLL
  for (int p = 0; p < P; ++p) {
    const int column = static_cast<int>(threadIdx.x + p * blockDim.x) * W;
    if (column >= of.width) continue;
    const Floats<W> w = weights<W>(of.w, column, of.width);
    BTX_UNROLL
    for (int r = 0; r < R; ++r) {
      if (r >= left) continue;
      const float mean = dots[r] / static_cast<float>(of.width);
      store(of.dx + begin + (r * of.width + column),
            gradient(dy[r][p], s[r][p], dsum[r][p], w, of.scale[first + r], mean));
    }
  }
}

/// The block's row of partial: the sums of its teams in order.
template <int W, int P>
__device__ __forceinline__ void write_sums(const Floats<W> (&sums)[P], int width, float* partial) {
  BTX_SHARED(float, of_teams, kShared);
  partial += std::int64_t{blockIdx.x} * width;
  float* mine = blockDim.y == 1 ? partial : of_teams + threadIdx.y * width;
  BTX_UNROLL
  for (int p = 0; p < P; ++p) {
    const int column = static_cast<int>(threadIdx.x + p * blockDim.x) * W;
    if (column < width) store_floats(mine + column, sums[p]);
  }
  if (blockDim.y == 1) return;
  __syncthreads();
  const int threads = static_cast<int>(blockDim.x * blockDim.y);
  for (int i = static_cast<int>(threadIdx.y * blockDim.x + threadIdx.x); i < width; i += threads) {
    float sum = of_teams[i];
    for (unsigned team = 1; team < blockDim.y; ++team) sum += of_teams[team * width + i];
    partial[i] = sum;
  }
}

template <class T, int W, int P, int R>
__global__ void __launch_bounds__(256 * P, 2 / P) held_gradients(NormGradient<T> of) {
  BTX_SHARED(float, part, 2 * R * kMostWarps);
  Floats<W> sums[P] = {};
  const unsigned each = blockDim.y * R;
  // Two halves of `part` by turns, so that one barrier a turn is enough.
  int turn = 0;
  for (unsigned first = blockIdx.x * each; first < of.rows; first += gridDim.x * each) {
    step<T, W, P, R>(of, first + threadIdx.y * R, sums, part + turn * R * kMostWarps);
    turn = 1 - turn;
  }
  if (of.partial != nullptr) write_sums(sums, of.width, of.partial);
}

}  // namespace btx::cuda
