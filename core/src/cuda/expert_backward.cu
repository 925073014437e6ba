// What an expert's backward pass needs of each sorted row, in one reading of it: the gradient of
// its weight is a dot product, which nothing else waits for.
#include "cuda/dispatch.hpp"
#include "cuda/gate.hpp"
#include "cuda/kernels.hpp"
#include "cuda/team.hpp"

namespace btx::cuda {
namespace {

constexpr int kEach = 2, kMostLanes = 512;

/// Which slot a sorted row is of; none at or beyond the last row of an expert.
struct Rows {
  const std::int32_t* order;
  const float* weights;
  const std::int32_t* last;
  std::int64_t rows;
  float* dweights;
};

template <int W>
__device__ __forceinline__ float dot(const Floats<W>& a, const Floats<W>& b) {
  float sum = 0;
  BTX_UNROLL
  for (int i = 0; i < W; ++i) sum += a.v[i] * b.v[i];
  return sum;
}

template <int W>
__device__ __forceinline__ Floats<W> scaled_by(float factor, Floats<W> x) {
  BTX_UNROLL
  for (int i = 0; i < W; ++i) x.v[i] *= factor;
  return x;
}

/// One pack; returns its part of <da, a>.
template <class T, int W>
__device__ __forceinline__ float gate_pack(const T* h, const T* da, int width, float weight, T* dh,
                                           T* a_weighted) {
  const Floats<W> dy = widen(load<W>(da));
  const Gate<W> made = gate_gradient(widen(load<W>(h)), widen(load<W>(h + width)), dy, weight);
  store(dh, narrow<T>(made.da));
  store(dh + width, narrow<T>(made.db));
  store(a_weighted, narrow<T>(scaled_by(weight, made.y)));
  return dot(dy, made.y);
}

template <class T, int W>
__global__ void __launch_bounds__(kMostLanes)
    gate_rows(Rows of, const T* h, const T* da, int width, T* dh, T* a_weighted) {
  BTX_SHARED(float, part, kMostWarps);
  const std::int64_t row = team_row(), begin = row * width;
  const bool counts = row < *of.last, exists = row < of.rows;
  const std::int32_t slot = exists ? of.order[row] : 0;
  const float weight = exists && counts ? of.weights[slot] : 0;
  float sum = 0;
  for (int i = static_cast<int>(threadIdx.x) * W; exists && i < width;
       i += static_cast<int>(blockDim.x) * W) {
    const std::int64_t at = begin + i, at_h = 2 * begin + i;
    if (counts) {
      sum += gate_pack<T, W>(h + at_h, da + at, width, weight, dh + at_h, a_weighted + at);
    } else {
      store(dh + at_h, Pack<T, W>{});
      store(dh + at_h + width, Pack<T, W>{});
      store(a_weighted + at, Pack<T, W>{});
    }
  }
  sum = over_team<Add>(sum, part);
  if (exists && threadIdx.x == 0) of.dweights[slot] = sum;
}

template <class T, int W>
__global__ void __launch_bounds__(kMostLanes)
    dot_rows(Rows of, const T* a, const T* b, int width, T* scaled) {
  BTX_SHARED(float, part, kMostWarps);
  const std::int64_t row = team_row(), begin = row * width;
  const bool counts = row < *of.last, exists = row < of.rows;
  const std::int32_t slot = exists ? of.order[row] : 0;
  const float weight = exists && counts ? of.weights[slot] : 0;
  float sum = 0;
  for (int i = static_cast<int>(threadIdx.x) * W; exists && i < width;
       i += static_cast<int>(blockDim.x) * W) {
    Floats<W> x{};
    if (counts) {
      x = widen(load<W>(a + begin + i));
      sum += dot(x, widen(load<W>(b + begin + i)));
    }
    store(scaled + begin + i, narrow<T>(scaled_by(weight, x)));
  }
  sum = over_team<Add>(sum, part);
  if (exists && threadIdx.x == 0) of.dweights[slot] = sum;
}

}  // namespace

BTX_CUDA_FUNCTION int btx_cuda_weighted_swiglu_backward(
    void* stream, Type type, const void* h, const void* da, const std::int32_t* order,
    const float* weights, const std::int32_t* last, std::int64_t sorted_rows, std::int64_t width,
    void* dh, void* a_weighted, float* dweights) {
  if (sorted_rows == 0) return 0;
  return with_access(type, width, {h, da, dh, a_weighted}, [&](auto access) {
    using T = typename decltype(access)::Element;
    constexpr int kWide = decltype(access)::kWide;
    const dim3 block = row_block(sorted_rows, width / kWide, kEach, kMostLanes);
    return launch(gate_rows<T, kWide>, row_grid(sorted_rows, block), block, stream,
                  Rows{order, weights, last, sorted_rows, dweights}, static_cast<const T*>(h),
                  static_cast<const T*>(da), static_cast<int>(width), static_cast<T*>(dh),
                  static_cast<T*>(a_weighted));
  });
}

BTX_CUDA_FUNCTION int btx_cuda_weighted_dots(void* stream, Type type, const void* a, const void* b,
                                             const std::int32_t* order, const float* weights,
                                             const std::int32_t* last, std::int64_t sorted_rows,
                                             std::int64_t width, void* scaled, float* dweights) {
  if (sorted_rows == 0) return 0;
  return with_access(type, width, {a, b, scaled}, [&](auto access) {
    using T = typename decltype(access)::Element;
    constexpr int kWide = decltype(access)::kWide;
    const dim3 block = row_block(sorted_rows, width / kWide, kEach, kMostLanes);
    return launch(dot_rows<T, kWide>, row_grid(sorted_rows, block), block, stream,
                  Rows{order, weights, last, sorted_rows, dweights}, static_cast<const T*>(a),
                  static_cast<const T*>(b), static_cast<int>(width), static_cast<T*>(scaled));
  });
}

}  // namespace btx::cuda
