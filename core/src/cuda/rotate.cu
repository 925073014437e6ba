// Rotary position embedding. Both halves of a head share an angle, so a thread turns one pack of
// each.
#include "cuda/dispatch.hpp"
#include "cuda/kernels.hpp"
#include "cuda/packs.hpp"
#include "cuda/team.hpp"

namespace btx::cuda {
namespace {

template <class T, int W>
__device__ __forceinline__ void turn(Pack<T, W>& low, Pack<T, W>& high, const float* cosine,
                                     const float* sine, float sign) {
  const Floats<W> c = load_floats<W>(cosine), s = load_floats<W>(sine);
  Floats<W> x = widen(low), y = widen(high);
  BTX_UNROLL
  for (int i = 0; i < W; ++i) {
    const float old = x.v[i], angle = sign * s.v[i];
    x.v[i] = old * c.v[i] - y.v[i] * angle;
    y.v[i] = y.v[i] * c.v[i] + old * angle;
  }
  low = narrow<T>(x);
  high = narrow<T>(y);
}

template <class T, int W>
__global__ void rotate_rows(const T* in, std::int64_t rows, std::int64_t tokens, int units,
                            int rotated, int half, const float* cosine, const float* sine,
                            float sign, T* out) {
  const std::int64_t row = team_row();
  if (row >= rows) return;
  const std::int64_t position = row % tokens * half, begin = row * units * W * 2;
  const int packs = half / W;
  for (int unit = static_cast<int>(threadIdx.x); unit < units;
       unit += static_cast<int>(blockDim.x)) {
    const int head = unit / packs, i = (unit - head * packs) * W;
    const std::int64_t at = begin + std::int64_t{head} * half * 2 + i;
    Pack<T, W> low = load<W>(in + at), high = load<W>(in + at + half);
    if (head < rotated) {
      turn(low, high, cosine + position + i, sine + position + i, sign);
    }
    store(out + at, low);
    store(out + at + half, high);
  }
}

}  // namespace

BTX_CUDA_FUNCTION int btx_cuda_rotate(void* stream, Type type, const void* in, std::int64_t rows,
                                      std::int64_t tokens, std::int64_t heads, std::int64_t rotated,
                                      std::int64_t head_dim, const float* cosine, const float* sine,
                                      bool inverse, void* out) {
  const std::int64_t half = head_dim / 2;
  if (rows == 0 || heads == 0 || half == 0) return 0;
  return with_access(type, half, {in, cosine, sine, out}, [&](auto access) {
    using T = typename decltype(access)::Element;
    constexpr int kWide = decltype(access)::kWide;
    const std::int64_t units = heads * half / kWide;
    const dim3 block = row_block(rows, units, 2, 512);
    return launch(rotate_rows<T, kWide>, row_grid(rows, block), block, stream,
                  static_cast<const T*>(in), rows, tokens, static_cast<int>(units),
                  static_cast<int>(rotated), static_cast<int>(half), cosine, sine,
                  inverse ? -1.0F : 1.0F, static_cast<T*>(out));
  });
}

}  // namespace btx::cuda
