// Rotary position embedding. Both halves of a head share an angle, so a thread turns one pack of
// each. Queries, keys and values are read where they are and written beside each other, so that
// the gradients that attention leaves need no copy first.
#include "cuda/dispatch.hpp"
#include "cuda/kernels.hpp"
#include "cuda/packs.hpp"
#include "cuda/team.hpp"

namespace btx::cuda {
namespace {

struct Sizes {
  std::int64_t rows, tokens;
  int heads, kv_heads, half;
};

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

/// The row of a head, of queries, keys or values; null where there is none.
template <class T>
__device__ __forceinline__ const T* row_of(const Heads& in, std::int64_t sequence,
                                           std::int64_t token, int head) {
  if (in.data == nullptr) return nullptr;
  return static_cast<const T*>(in.data) + sequence * in.sequence + token * in.token +
         head * in.head;
}

template <class T, int W>
__global__ void rotate_rows(Heads q, Heads k, Heads v, Sizes of, const float* cosine,
                            const float* sine, float sign, T* out) {
  const std::int64_t row = team_row();
  if (row >= of.rows) return;
  const std::int64_t sequence = row / of.tokens, token = row - sequence * of.tokens;
  const int rotated = of.heads + of.kv_heads, packs = of.half / W;
  const int units = (rotated + of.kv_heads) * packs;
  out += row * units * W * 2;
  for (int unit = static_cast<int>(threadIdx.x); unit < units;
       unit += static_cast<int>(blockDim.x)) {
    const int head = unit / packs, i = (unit - head * packs) * W;
    const T* in = head < of.heads  ? row_of<T>(q, sequence, token, head)
                  : head < rotated ? row_of<T>(k, sequence, token, head - of.heads)
                                   : row_of<T>(v, sequence, token, head - rotated);
    Pack<T, W> low{}, high{};
    if (in != nullptr) low = load<W>(in + i), high = load<W>(in + i + of.half);
    if (head < rotated) {
      const std::int64_t angle = token * of.half + i;
      turn(low, high, cosine + angle, sine + angle, sign);
    }
    store(out + head * of.half * 2 + i, low);
    store(out + head * of.half * 2 + i + of.half, high);
  }
}

/// Whether all steps from one head to others are whole packs: the bits of them put together are
/// then a multiple of a pack, which is a power of 2.
std::int64_t steps_of(const Heads& in) {
  return in.data == nullptr ? 0 : in.sequence | in.token | in.head;
}

}  // namespace

BTX_CUDA_FUNCTION int btx_cuda_rotate(void* stream, Type type, Heads q, Heads k, Heads v,
                                      std::int64_t sequences, std::int64_t tokens,
                                      std::int64_t heads, std::int64_t kv_heads,
                                      std::int64_t head_dim, const float* cosine, const float* sine,
                                      bool inverse, void* out) {
  const Sizes of{sequences * tokens, tokens, static_cast<int>(heads), static_cast<int>(kv_heads),
                 static_cast<int>(head_dim / 2)};
  const std::int64_t all = heads + 2 * kv_heads;
  if (of.rows == 0 || all == 0 || of.half == 0) return 0;
  const std::int64_t steps = of.half | steps_of(q) | steps_of(k) | steps_of(v);
  return with_access(type, steps, {q.data, k.data, v.data, cosine, sine, out}, [&](auto access) {
    using T = typename decltype(access)::Element;
    constexpr int kWide = decltype(access)::kWide;
    const dim3 block = row_block(of.rows, all * of.half / kWide, 2, 512);
    return launch(rotate_rows<T, kWide>, row_grid(of.rows, block), block, stream, q, k, v, of,
                  cosine, sine, inverse ? -1.0F : 1.0F, static_cast<T*>(out));
  });
}

}  // namespace btx::cuda
