#include "checkpoint/gguf/gguf_blocks.hpp"

#include "checkpoint/model_folder.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace btx {
namespace {

constexpr std::ptrdiff_t kSmall = 32;   // elements of a block with one scale
constexpr std::ptrdiff_t kSuper = 256;  // elements of a K block, with scales of scales

int byte(const std::byte* at) {
  return std::to_integer<int>(*at);
}
int signed_byte(const std::byte* at) {
  return static_cast<std::int8_t>(byte(at));
}
float half(const std::byte* at) {
  float value = 0;
  widen(DType::float16, at, {&value, 1});
  return value;
}

void widen_f32(const std::byte* block, float* out) {
  std::memcpy(out, block, sizeof(float));
}
void widen_f16(const std::byte* block, float* out) {
  widen(DType::float16, block, {out, 1});
}
void widen_bf16(const std::byte* block, float* out) {
  widen(DType::bfloat16, block, {out, 1});
}

void widen_q8_0(const std::byte* block, float* out) {
  const float scale = half(block);
  for (std::ptrdiff_t i = 0; i < kSmall; ++i)
    out[i] = scale * static_cast<float>(signed_byte(block + 2 + i));
}

/// Fifth bits of 32 numbers.
std::uint32_t fifth_bits(const std::byte* at) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, at, 4);
  return bits;
}

/// Four bits each, the lower halves of 16 bytes and then the upper ones, and a fifth bit out of
/// `bits`. number(q) makes a float of the whole number.
template <class Number>
void widen_nibbles(const std::byte* low, std::uint32_t bits, float* out, Number number) {
  for (std::ptrdiff_t i = 0; i < kSmall; ++i) {
    const int nibble = i < 16 ? byte(low + i) & 15 : byte(low + i - 16) >> 4;
    out[i] = number(nibble | static_cast<int>((bits >> i) & 1U) << 4);
  }
}

void widen_q4_0(const std::byte* block, float* out) {
  const float scale = half(block);
  widen_nibbles(block + 2, 0, out, [&](int q) { return scale * static_cast<float>(q - 8); });
}
void widen_q4_1(const std::byte* block, float* out) {
  const float scale = half(block), least = half(block + 2);
  widen_nibbles(block + 4, 0, out, [&](int q) { return scale * static_cast<float>(q) + least; });
}
void widen_q5_0(const std::byte* block, float* out) {
  const float scale = half(block);
  widen_nibbles(block + 6, fifth_bits(block + 2), out,
                [&](int q) { return scale * static_cast<float>(q - 16); });
}
void widen_q5_1(const std::byte* block, float* out) {
  const float scale = half(block), least = half(block + 2);
  widen_nibbles(block + 8, fifth_bits(block + 4), out,
                [&](int q) { return scale * static_cast<float>(q) + least; });
}

/// Scale and minimum `j` of the eight that 12 bytes hold in six bits each.
struct ScaleMin {
  float scale, least;
};
ScaleMin scale_min(const std::byte* packed, std::ptrdiff_t j) {
  if (j < 4) {
    return {static_cast<float>(byte(packed + j) & 63),
            static_cast<float>(byte(packed + j + 4) & 63)};
  }
  const int scale = (byte(packed + j + 4) & 15) | (byte(packed + j - 4) >> 6) << 4;
  const int least = (byte(packed + j + 4) >> 4) | (byte(packed + j) >> 6) << 4;
  return {static_cast<float>(scale), static_cast<float>(least)};
}

/// Eight runs of 32 numbers, each with its scale and minimum; `high` holds fifth bits, which count
/// if `fifth` is 1.
void widen_k(const std::byte* block, const std::byte* high, int fifth, const std::byte* low,
             float* out) {
  const float scale = half(block), least = half(block + 2);
  for (std::ptrdiff_t run = 0; run < kSuper / kSmall; ++run) {
    const ScaleMin own = scale_min(block + 4, run);
    const float d = scale * own.scale, m = least * own.least;
    const std::byte* bytes = low + run / 2 * kSmall;
    for (std::ptrdiff_t i = 0; i < kSmall; ++i) {
      const int nibble = run % 2 == 0 ? byte(bytes + i) & 15 : byte(bytes + i) >> 4;
      const int bit = byte(high + i) >> run & fifth;
      out[run * kSmall + i] = d * static_cast<float>(nibble | bit << 4) - m;
    }
  }
}
void widen_q4_k(const std::byte* block, float* out) {
  widen_k(block, block + 16, 0, block + 16, out);
}
void widen_q5_k(const std::byte* block, float* out) {
  widen_k(block, block + 16, 1, block + 48, out);
}

void widen_q6_k(const std::byte* block, float* out) {
  const float scale = half(block + 208);
  for (std::ptrdiff_t i = 0; i < kSuper; ++i) {
    const std::ptrdiff_t part = i / 128, quarter = i % 128 / kSmall, at = i % kSmall;
    const int low = byte(block + part * 64 + quarter % 2 * kSmall + at);
    const int nibble = quarter < 2 ? low & 15 : low >> 4;
    const int high = byte(block + 128 + part * kSmall + at) >> (2 * quarter) & 3;
    const int own = signed_byte(block + 192 + i / 16);
    out[i] = scale * static_cast<float>(own) * static_cast<float>((nibble | high << 4) - 32);
  }
}

constexpr std::array<GgufType, 11> kTypes = {{{0, "F32", 1, 4, widen_f32},
                                              {1, "F16", 1, 2, widen_f16},
                                              {30, "BF16", 1, 2, widen_bf16},
                                              {8, "Q8_0", kSmall, 34, widen_q8_0},
                                              {2, "Q4_0", kSmall, 18, widen_q4_0},
                                              {3, "Q4_1", kSmall, 20, widen_q4_1},
                                              {6, "Q5_0", kSmall, 22, widen_q5_0},
                                              {7, "Q5_1", kSmall, 24, widen_q5_1},
                                              {12, "Q4_K", kSuper, 144, widen_q4_k},
                                              {13, "Q5_K", kSuper, 176, widen_q5_k},
                                              {14, "Q6_K", kSuper, 210, widen_q6_k}}};

}  // namespace

std::span<const GgufType> gguf_types() {
  return kTypes;
}

const GgufType* find_gguf_type(std::uint32_t id) {
  const auto* found = std::ranges::find(kTypes, id, &GgufType::id);
  return found == kTypes.end() ? nullptr : found;
}

}  // namespace btx
