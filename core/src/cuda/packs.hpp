#pragma once
// Packs of W neighbouring elements, which one instruction of a thread moves: 16 bytes where width
// and alignment allow. Arithmetic is in float32.
#include "cuda/launch.hpp"

#include <cstdint>
#include <cstring>

namespace btx::cuda {

template <int Bytes>
struct BitsOf;
template <>
struct BitsOf<2> {
  using Bits = unsigned short;
};
template <>
struct BitsOf<4> {
  using Bits = unsigned;
};
template <>
struct BitsOf<8> {
  using Bits = uint2;
};
template <>
struct BitsOf<16> {
  using Bits = uint4;
};

/// Elements as they are in memory; half the registers of their float32 values for bfloat16.
template <class T, int W>
struct Pack {
  using Bits = typename BitsOf<int{sizeof(T)} * W>::Bits;
  Bits bits;
};

template <int W>
struct Floats {
  float v[W];
};

template <int W, class T>
__device__ __forceinline__ Pack<T, W> load(const T* at) {
  return {*reinterpret_cast<const typename Pack<T, W>::Bits*>(at)};
}

template <int W, class T>
__device__ __forceinline__ void store(T* at, Pack<T, W> pack) {
  *reinterpret_cast<typename Pack<T, W>::Bits*>(at) = pack.bits;
}

/// Brings what is there near, into no register yet.
__device__ __forceinline__ void prefetch(const void* at) {
#ifdef __CUDACC__
  asm volatile("prefetch.global.L2 [%0];" ::"l"(at));
#else
  static_cast<void>(at);
#endif
}

template <int W>
__device__ __forceinline__ Floats<W> widen(Pack<float, W> pack) {
  Floats<W> made;
  memcpy(&made, &pack, sizeof made);
  return made;
}

template <int W>
__device__ __forceinline__ Floats<W> widen(Pack<__nv_bfloat16, W> pack) {
  Floats<W> made;
  std::uint16_t bits[W];
  memcpy(bits, &pack, sizeof bits);
  BTX_UNROLL
  for (int i = 0; i < W; ++i) made.v[i] = __uint_as_float(std::uint32_t{bits[i]} << 16);
  return made;
}

/// Rounded to T.
template <class T, int W>
__device__ __forceinline__ Pack<T, W> narrow(const Floats<W>& x) {
  Pack<T, W> made;
  if constexpr (sizeof(T) == sizeof(float)) {
    memcpy(&made, &x, sizeof made);
  } else if constexpr (W == 1) {
    const __nv_bfloat16 one = __float2bfloat16_rn(x.v[0]);
    memcpy(&made, &one, sizeof made);
  } else {
    __nv_bfloat162 pairs[W / 2];
    BTX_UNROLL
    for (int i = 0; i < W / 2; ++i) pairs[i] = __floats2bfloat162_rn(x.v[2 * i], x.v[2 * i + 1]);
    memcpy(&made, pairs, sizeof made);
  }
  return made;
}

/// W numbers of an array that is in float32 whatever T is.
template <int W>
__device__ __forceinline__ Floats<W> load_floats(const float* at) {
  constexpr int kPart = W < 4 ? W : 4;
  Floats<W> made;
  BTX_UNROLL
  for (int i = 0; i < W; i += kPart) {
    const Floats<kPart> part = widen(load<kPart>(at + i));
    memcpy(made.v + i, &part, sizeof part);
  }
  return made;
}

template <int W>
__device__ __forceinline__ void store_floats(float* at, const Floats<W>& x) {
  constexpr int kPart = W < 4 ? W : 4;
  BTX_UNROLL
  for (int i = 0; i < W; i += kPart) {
    Pack<float, kPart> part;
    memcpy(&part, x.v + i, sizeof part);
    store(at + i, part);
  }
}

}  // namespace btx::cuda
