#include "checkpoint/model_folder.hpp"

#include <bit>
#include <cstring>

namespace btx {
namespace {

float half_to_float(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000) << 16;
  const std::uint32_t exponent = (half >> 10) & 0x1F;
  const std::uint32_t mantissa = half & 0x3FF;
  if (exponent == 0) {  // zero or subnormal: exact in float32
    const float value = static_cast<float>(mantissa) * 0x1p-24F;
    return sign != 0 ? -value : value;
  }
  const std::uint32_t wide = exponent == 31 ? 255 : exponent + 112;
  return std::bit_cast<float>(sign | (wide << 23) | (mantissa << 13));
}

std::uint16_t float_to_half(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000);
  const std::uint32_t magnitude = bits & 0x7FFFFFFF;
  if (magnitude > 0x7F800000) {  // NaN: its payload stays, so that what was read is written again
    const auto payload = static_cast<std::uint16_t>((magnitude >> 13) & 0x3FF);
    return static_cast<std::uint16_t>(sign | 0x7C00 | (payload == 0 ? 0x200 : payload));
  }
  if (magnitude >= 0x477FF000) return sign | 0x7C00;  // rounds beyond the largest half
  if (magnitude < 0x38800000) {                       // subnormal: the addition rounds
    const float shifted = std::bit_cast<float>(magnitude) + 0.5F;
    return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(shifted) - 0x3F000000));
  }
  const std::uint32_t rounded = magnitude + 0xFFF + ((magnitude >> 13) & 1) - (112U << 23);
  return static_cast<std::uint16_t>(sign | (rounded >> 13));
}

std::uint16_t float_to_bfloat(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7FFFFFFF) > 0x7F800000) {  // NaN, as above
    return static_cast<std::uint16_t>((bits >> 16) | ((bits & 0x7F0000) == 0 ? 0x40 : 0));
  }
  return static_cast<std::uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

template <class F>
void widen_each(const std::byte* from, std::span<float> to, F convert) {
  for (std::size_t i = 0; i < to.size(); ++i) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, from + 2 * i, 2);
    to[i] = convert(bits);
  }
}

template <class F>
void narrow_each(std::span<const float> from, std::byte* to, F convert) {
  for (std::size_t i = 0; i < from.size(); ++i) {
    const std::uint16_t bits = convert(from[i]);
    std::memcpy(to + 2 * i, &bits, 2);
  }
}

/// Their exponent has every bit of `mask`.
template <class Bits>
std::uint64_t find_exponent(const std::byte* data, std::uint64_t count, Bits mask) {
  for (std::uint64_t i = 0; i < count; ++i) {
    Bits bits = 0;
    std::memcpy(&bits, data + i * sizeof(Bits), sizeof(Bits));
    if ((bits & mask) == mask) return i;
  }
  return count;
}

}  // namespace

std::uint64_t find_not_finite(DType dtype, const std::byte* data, std::uint64_t count) {
  switch (dtype) {
    case DType::float32: return find_exponent<std::uint32_t>(data, count, 0x7F800000);
    case DType::float16: return find_exponent<std::uint16_t>(data, count, 0x7C00);
    case DType::bfloat16: return find_exponent<std::uint16_t>(data, count, 0x7F80);
  }
  return count;
}

void widen(DType dtype, const std::byte* from, std::span<float> to) {
  if (to.empty()) return;  // memcpy takes no null pointer, whatever the size
  switch (dtype) {
    case DType::float32: std::memcpy(to.data(), from, to.size_bytes()); return;
    case DType::float16: widen_each(from, to, half_to_float); return;
    case DType::bfloat16:
      widen_each(from, to, [](std::uint16_t bits) {
        return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
      });
  }
}

void narrow(DType dtype, std::span<const float> from, std::byte* to) {
  if (from.empty()) return;
  switch (dtype) {
    case DType::float32: std::memcpy(to, from.data(), from.size_bytes()); return;
    case DType::float16: narrow_each(from, to, float_to_half); return;
    case DType::bfloat16: narrow_each(from, to, float_to_bfloat);
  }
}

}  // namespace btx
