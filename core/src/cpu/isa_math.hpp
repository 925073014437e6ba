#pragma once
// Conversions between float32 and bfloat16, and exp.
// A part of rows_isa.cpp, which is compiled once for each instruction set, in that one's namespace.
#include "cpu/rows.hpp"

#include <cstdint>
#include <cstring>

namespace btx::cpu::BTX_ISA {
namespace {

#define BTX_INLINE inline __attribute__((always_inline))

BTX_INLINE float bits_to_float(std::uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}
BTX_INLINE std::uint32_t float_to_bits(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

BTX_INLINE float widen(float x) {
  return x;
}
BTX_INLINE float widen(Bf16 x) {
  return bits_to_float(static_cast<std::uint32_t>(x) << 16);
}

template <class T>
BTX_INLINE T narrow(float x);
template <>
BTX_INLINE float narrow<float>(float x) {
  return x;
}
template <>
BTX_INLINE Bf16 narrow<Bf16>(float x) {  // to nearest, ties to even; NaN stays NaN
  const std::uint32_t bits = float_to_bits(x);
  const std::uint32_t rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
  return static_cast<Bf16>(x != x ? 0x7FC0 : rounded);
}

// exp in float32 to 2 ulp, without branches: 2^k * p(r), |r| <= ln2/2. Clamped to +-87.
BTX_INLINE float exp_approx(float x) {
  x = x < -87.0F ? -87.0F : x;
  x = x > 87.0F ? 87.0F : x;
  const float magic = 12582912.0F;  // 1.5 * 2^23: adding it rounds to an integer
  const float shifted = x * 1.44269504F + magic;
  const float k = shifted - magic;
  float r = x - k * 0.693359375F;
  r -= k * -2.12194440e-4F;
  float p = 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * r * r + r + 1.0F;
  return p * bits_to_float((float_to_bits(shifted) - float_to_bits(magic) + 127U) << 23);
}

BTX_INLINE float sigmoid(float x) {
  return 1.0F / (1.0F + exp_approx(-x));
}

}  // namespace
}  // namespace btx::cpu::BTX_ISA
