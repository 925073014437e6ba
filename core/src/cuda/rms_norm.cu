// Root mean square norm: a row is read once and stays in its team's registers up to the second
// pass, except for what is beyond kHeld packs a thread.
#include "cuda/dispatch.hpp"
#include "cuda/kernels.hpp"
#include "cuda/packs.hpp"
#include "cuda/team.hpp"

namespace btx::cuda {
namespace {

constexpr int kHeld = 4;
constexpr int kMostLanes = 512;

template <int W>
__device__ __forceinline__ float square(const Floats<W>& x) {
  float sum = 0;
  BTX_UNROLL
  for (int i = 0; i < W; ++i) sum += x.v[i] * x.v[i];
  return sum;
}

/// x + added, rounded.
template <class T, int W>
__device__ __forceinline__ Pack<T, W> add(Pack<T, W> x, Pack<T, W> added) {
  const Floats<W> other = widen(added);
  Floats<W> sum = widen(x);
  BTX_UNROLL
  for (int i = 0; i < W; ++i) sum.v[i] += other.v[i];
  return narrow<T>(sum);
}

template <class T, int W>
__device__ __forceinline__ Pack<T, W> normed(Pack<T, W> s, float scale, const float* w) {
  const Floats<W> weight = load_floats<W>(w);
  Floats<W> y = widen(s);
  BTX_UNROLL
  for (int i = 0; i < W; ++i) y.v[i] *= scale * weight.v[i];
  return narrow<T>(y);
}

/// The first packs of a row, all loads before the first store; s is written where it is a sum.
template <class T, int W>
__device__ __forceinline__ float take(const T* x, const T* added, int packs, T* sum,
                                      Pack<T, W> (&held)[kHeld]) {
  Pack<T, W> other[kHeld] = {};
  BTX_UNROLL
  for (int i = 0; i < kHeld; ++i) {
    const int at = static_cast<int>(threadIdx.x + i * blockDim.x);
    if (at < packs) held[i] = load<W>(x + at * W);
    if (at < packs && added != nullptr) other[i] = load<W>(added + at * W);
  }
  float squares = 0;
  BTX_UNROLL
  for (int i = 0; i < kHeld; ++i) {
    const int at = static_cast<int>(threadIdx.x + i * blockDim.x);
    if (added != nullptr) {
      held[i] = add(held[i], other[i]);
      if (at < packs) store(sum + at * W, held[i]);
    }
    squares += square(widen(held[i]));
  }
  return squares;
}

/// The same for the packs that do not fit.
template <class T, int W>
__device__ __forceinline__ float take_rest(const T* x, const T* added, int packs, T* sum) {
  float squares = 0;
  for (int at = static_cast<int>(threadIdx.x + kHeld * blockDim.x); at < packs;
       at += static_cast<int>(blockDim.x)) {
    Pack<T, W> s = load<W>(x + at * W);
    if (added != nullptr) {
      s = add(s, load<W>(added + at * W));
      store(sum + at * W, s);
    }
    squares += square(widen(s));
  }
  return squares;
}

template <class T, int W>
__global__ void __launch_bounds__(kMostLanes)
    norm_rows(const T* x, const T* added, const float* w, std::int64_t rows, int width,
              float epsilon, T* sum, T* y, float* scales) {
  BTX_SHARED(float, part, kMostWarps);
  const std::int64_t row = team_row();
  const std::int64_t begin = row * width;
  const int packs = row < rows ? width / W : 0;
  x += begin;
  if (added != nullptr) {
    added += begin;
    sum += begin;
  }
  Pack<T, W> held[kHeld] = {};
  float squares = take<T, W>(x, added, packs, sum, held);
  squares += take_rest<T, W>(x, added, packs, sum);
  squares = over_team<Add>(squares, part);
  const float scale = 1.0F / sqrtf(squares / static_cast<float>(width) + epsilon);
  if (row < rows && threadIdx.x == 0) scales[row] = scale;
  const int lanes = static_cast<int>(blockDim.x);
  BTX_UNROLL
  for (int i = 0; i < kHeld; ++i) {
    const int at = static_cast<int>(threadIdx.x) + i * lanes;
    if (at < packs) store(y + begin + at * W, normed(held[i], scale, w + at * W));
  }
  const T* s = added != nullptr ? sum : x;
  for (int at = static_cast<int>(threadIdx.x) + kHeld * lanes; at < packs; at += lanes) {
    store(y + begin + at * W, normed(load<W>(s + at * W), scale, w + at * W));
  }
}

}  // namespace

BTX_CUDA_FUNCTION int btx_cuda_rms_norm(void* stream, Type type, const void* x, const void* added,
                                        const float* w, std::int64_t rows, std::int64_t width,
                                        float epsilon, void* sum, void* y, float* scale) {
  if (rows == 0) return 0;
  return with_access(type, width, {x, added, w, sum, y}, [&](auto access) {
    using T = typename decltype(access)::Element;
    constexpr int kWide = decltype(access)::kWide;
    const dim3 block = row_block(rows, width / kWide, kHeld, kMostLanes);
    return launch(norm_rows<T, kWide>, row_grid(rows, block), block, stream,
                  static_cast<const T*>(x), static_cast<const T*>(added), w, rows,
                  static_cast<int>(width), epsilon, static_cast<T*>(sum), static_cast<T*>(y),
                  scale);
  });
}

}  // namespace btx::cuda
