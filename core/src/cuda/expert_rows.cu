// Tokens' rows to the experts' order, and experts' rows back to their tokens. Each row of the
// output reads what it needs, so that nothing is added in memory.
#include "cuda/dispatch.hpp"
#include "cuda/kernels.hpp"
#include "cuda/packs.hpp"
#include "cuda/team.hpp"

namespace btx::cuda {
namespace {

constexpr int kEach = 4;   ///< packs of a row that a thread copies at a time
constexpr int kAhead = 4;  ///< slots of a token that are loaded at a time
constexpr int kMostLanes = 512;

template <class T, int W>
__global__ void __launch_bounds__(kMostLanes)
    copy_rows(const T* x, const std::int32_t* order, std::int64_t rows, int slots, int width,
              T* out) {
  const std::int64_t row = team_row();
  if (row >= rows) return;
  x += std::int64_t{order[row] / slots} * width;
  out += row * width;
  const int lanes = static_cast<int>(blockDim.x), packs = width / W;
  for (int first = static_cast<int>(threadIdx.x); first < packs; first += kEach * lanes) {
    Pack<T, W> taken[kEach];
    BTX_UNROLL
    for (int i = 0; i < kEach; ++i) {
      if (first + i * lanes < packs) taken[i] = load<W>(x + (first + i * lanes) * W);
    }
    BTX_UNROLL
    for (int i = 0; i < kEach; ++i) {
      if (first + i * lanes < packs) store(out + (first + i * lanes) * W, taken[i]);
    }
  }
}

/// Adds kAhead slots, of which those at or beyond `slots` or `last` are none.
template <class T, int W>
__device__ __forceinline__ void add_slots(const T* rows, const std::int32_t* place,
                                          const float* weights, int slots, std::int32_t last,
                                          std::int64_t width, Floats<W>& sum) {
  Pack<T, W> taken[kAhead];
  bool counts[kAhead];
  BTX_UNROLL
  for (int k = 0; k < kAhead; ++k) {
    const std::int32_t from = k < slots ? place[k] : last;
    counts[k] = from < last;
    if (counts[k]) taken[k] = load<W>(rows + from * width);
  }
  BTX_UNROLL
  for (int k = 0; k < kAhead; ++k) {
    if (!counts[k]) continue;
    const float weight = weights != nullptr ? weights[k] : 1.0F;
    const Floats<W> x = widen(taken[k]);
    BTX_UNROLL
    for (int i = 0; i < W; ++i) sum.v[i] += weight * x.v[i];
  }
}

template <class T, int W>
__global__ void __launch_bounds__(kMostLanes)
    combine(const T* rows, const std::int32_t* place, const float* weights,
            const std::int32_t* last, std::int64_t tokens, int slots, std::int64_t width, T* out) {
  const std::int64_t token = team_row();
  if (token >= tokens) return;
  const std::int32_t end = *last;
  place += token * slots;
  if (weights != nullptr) weights += token * slots;
  for (int i = static_cast<int>(threadIdx.x) * W; i < width;
       i += static_cast<int>(blockDim.x) * W) {
    Floats<W> sum{};
    for (int k = 0; k < slots; k += kAhead) {
      add_slots(rows + i, place + k, weights != nullptr ? weights + k : nullptr, slots - k, end,
                width, sum);
    }
    store(out + token * width + i, narrow<T>(sum));
  }
}

}  // namespace

BTX_CUDA_FUNCTION int btx_cuda_gather_rows(void* stream, Type type, const void* x,
                                           const std::int32_t* order, std::int64_t sorted_rows,
                                           std::int64_t slots, std::int64_t width, void* out) {
  if (sorted_rows == 0 || width == 0) return 0;
  return with_access(type, width, {x, out}, [&](auto access) {
    using T = typename decltype(access)::Element;
    constexpr int kWide = decltype(access)::kWide;
    const dim3 block = row_block(sorted_rows, width / kWide, kEach, kMostLanes);
    return launch(copy_rows<T, kWide>, row_grid(sorted_rows, block), block, stream,
                  static_cast<const T*>(x), order, sorted_rows, static_cast<int>(slots),
                  static_cast<int>(width), static_cast<T*>(out));
  });
}

BTX_CUDA_FUNCTION int btx_cuda_combine_rows(void* stream, Type type, const void* rows,
                                            const std::int32_t* place, const float* weights,
                                            const std::int32_t* last, std::int64_t tokens,
                                            std::int64_t slots, std::int64_t width, void* out) {
  if (tokens == 0 || width == 0) return 0;
  return with_access(type, width, {rows, out}, [&](auto access) {
    using T = typename decltype(access)::Element;
    constexpr int kWide = decltype(access)::kWide;
    const dim3 block = row_block(tokens, width / kWide, 1, kMostLanes);
    return launch(combine<T, kWide>, row_grid(tokens, block), block, stream,
                  static_cast<const T*>(rows), place, weights, last, tokens,
                  static_cast<int>(slots), width, static_cast<T*>(out));
  });
}

}  // namespace btx::cuda
