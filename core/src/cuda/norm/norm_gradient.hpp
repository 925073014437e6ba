#pragma once
// What the two ways of rms_norm's backward pass share: the arithmetic of one pack, with the
// normed row n = s scale and its gradient g = dy w.
#include "cuda/packs.hpp"

#include <cstdint>

namespace btx::cuda {

template <class T>
struct NormGradient {
  const T* dy;
  const T* s;
  const float* w;
  const float* scale;
  const T* dsum;  ///< null for none
  std::int64_t rows;
  int width;
  T* dx;
  float* partial;  ///< [blocks, width], null where dw is not wanted
};

/// Adds dy n to `sums` and returns the sum of g n.
template <class T, int W>
__device__ __forceinline__ float dot(Pack<T, W> dy, Pack<T, W> s, const Floats<W>& w, float scale,
                                     Floats<W>& sums) {
  const Floats<W> gradient = widen(dy), input = widen(s);
  float sum = 0;
  BTX_UNROLL
  for (int i = 0; i < W; ++i) {
    const float product = gradient.v[i] * (input.v[i] * scale);
    sums.v[i] += product;
    sum += product * w.v[i];
  }
  return sum;
}

/// scale (g - n mean) + dsum.
template <class T, int W>
__device__ __forceinline__ Pack<T, W> gradient(Pack<T, W> dy, Pack<T, W> s, Pack<T, W> dsum,
                                               const Floats<W>& w, float scale, float mean) {
  const Floats<W> mine = widen(dy), input = widen(s), other = widen(dsum);
  Floats<W> made;
  BTX_UNROLL
  for (int i = 0; i < W; ++i) {
    made.v[i] = scale * (mine.v[i] * w.v[i] - input.v[i] * scale * mean) + other.v[i];
  }
  return narrow<T>(made);
}

}  // namespace btx::cuda
