#pragma once
// rms_norm's backward pass for rows of any width, which are read twice; dw is summed in memory.
#include "cuda/norm/norm_gradient.hpp"
#include "cuda/team.hpp"

namespace btx::cuda {

template <class T, int W>
__device__ __forceinline__ float wide_dot(const NormGradient<T>& of, std::int64_t row,
                                          float* partial, bool begins) {
  const float scale = of.scale[row];
  float sum = 0;
  for (int i = static_cast<int>(threadIdx.x) * W; i < of.width;
       i += static_cast<int>(blockDim.x) * W) {
    Floats<W> sums{};
    if (partial != nullptr && !begins) sums = load_floats<W>(partial + i);
    sum += dot(load<W>(of.dy + row * of.width + i), load<W>(of.s + row * of.width + i),
               load_floats<W>(of.w + i), scale, sums);
    if (partial != nullptr) store_floats(partial + i, sums);
  }
  return sum;
}

template <class T, int W>
__device__ __forceinline__ void wide_dx(const NormGradient<T>& of, std::int64_t row, float mean) {
  const float scale = of.scale[row];
  for (int i = static_cast<int>(threadIdx.x) * W; i < of.width;
       i += static_cast<int>(blockDim.x) * W) {
    const std::int64_t at = row * of.width + i;
    Pack<T, W> dsum{};
    if (of.dsum != nullptr) dsum = load<W>(of.dsum + at);
    store(of.dx + at, gradient(load<W>(of.dy + at), load<W>(of.s + at), dsum,
                               load_floats<W>(of.w + i), scale, mean));
  }
}

template <class T, int W>
__global__ void __launch_bounds__(512) wide_gradients(NormGradient<T> of) {
  BTX_SHARED(float, part, 2 * kMostWarps);
  float* partial = nullptr;
  if (of.partial != nullptr) partial = of.partial + std::int64_t{blockIdx.x} * of.width;
  int turn = 0;
  for (std::int64_t row = blockIdx.x; row < of.rows; row += gridDim.x) {
    const float sum = wide_dot<T, W>(of, row, partial, row == blockIdx.x);
    const float all = over_team<Add>(sum, part + turn * kMostWarps);
    wide_dx<T, W>(of, row, all / static_cast<float>(of.width));
    turn = 1 - turn;
  }
}

}  // namespace btx::cuda
