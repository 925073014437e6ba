// Blocks of GGUF's element types, each filled with bits whose numbers are worked out here.
#include "checkpoint/gguf/gguf_blocks.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

using namespace btx;

namespace {

constexpr std::uint16_t kHalf = 0x3800, kTwo = 0x4000, kOne = 0x3c00;  // float16

struct Block {
  explicit Block(const std::string& name) {
    const auto types = gguf_types();
    type = &*std::find_if(types.begin(), types.end(),
                          [&](const GgufType& t) { return name == t.name; });
    bytes.resize(type->block_bytes);
  }
  void half(std::size_t at, std::uint16_t bits) { std::memcpy(bytes.data() + at, &bits, 2); }
  void set(std::size_t at, int value) { bytes[at] = static_cast<std::byte>(value); }
  std::vector<float> widen() const {
    std::vector<float> out(type->block_elements);
    type->widen(bytes.data(), out.data());
    return out;
  }

  const GgufType* type = nullptr;
  std::vector<std::byte> bytes;
};

}  // namespace

TEST_CASE("plain types") {
  Block f16("F16");
  f16.half(0, kHalf);
  CHECK(f16.widen() == std::vector<float>{0.5F});
  Block bf16("BF16");
  bf16.half(0, 0x4040);
  CHECK(bf16.widen() == std::vector<float>{3.0F});
  Block f32("F32");
  const float value = -1.25F;
  std::memcpy(f32.bytes.data(), &value, 4);
  CHECK(f32.widen() == std::vector<float>{-1.25F});
}

TEST_CASE("Q8_0: scale x signed bytes") {
  Block block("Q8_0");
  block.half(0, kHalf);
  for (int i = 0; i < 32; ++i) block.set(2 + static_cast<std::size_t>(i), i - 16);
  const auto x = block.widen();
  for (int i = 0; i < 32; ++i)
    CHECK(x[static_cast<std::size_t>(i)] == 0.5F * static_cast<float>(i - 16));
}

TEST_CASE("Q4_0, Q4_1, Q5_0, Q5_1: lower halves first, then upper ones, fifth bits apart") {
  for (const char* name : {"Q4_0", "Q4_1", "Q5_0", "Q5_1"}) {
    CAPTURE(name);
    Block block(name);
    const bool least = name[3] == '1', five = name[1] == '5';
    std::size_t at = 2;
    block.half(0, kHalf);
    if (least) block.half(std::exchange(at, at + 2), kTwo);
    // Fifth bits of elements 1, 17 and 31.
    const std::uint32_t high = (1U << 1) | (1U << 17) | (1U << 31);
    if (five) std::memcpy(block.bytes.data() + std::exchange(at, at + 4), &high, 4);
    for (int i = 0; i < 16; ++i) block.set(at + static_cast<std::size_t>(i), i | (15 - i) << 4);
    const auto x = block.widen();
    for (int i = 0; i < 32; ++i) {
      int q = i < 16 ? i : 31 - i;
      if (five && (i == 1 || i == 17 || i == 31)) q += 16;
      const float expected = least  ? 0.5F * static_cast<float>(q) + 2.0F
                             : five ? 0.5F * static_cast<float>(q - 16)
                                    : 0.5F * static_cast<float>(q - 8);
      CHECK(x[static_cast<std::size_t>(i)] == expected);
    }
  }
}

TEST_CASE("Q4_K and Q5_K: eight runs of 32 with six-bit scales and minima") {
  for (const char* name : {"Q4_K", "Q5_K"}) {
    CAPTURE(name);
    const bool five = name[1] == '5';
    Block block(name);
    block.half(0, kHalf);
    block.half(2, kOne);
    // Scales 1, 2, 3, 4, 21, 22, 23, 24 and minima 5, 6, 7, 8, 37, 38, 39, 40.
    const int scale[8] = {1, 2, 3, 4, 21, 22, 23, 24}, least[8] = {5, 6, 7, 8, 37, 38, 39, 40};
    for (std::size_t j = 0; j < 4; ++j) {
      block.set(4 + j, scale[j] | (scale[j + 4] >> 4) << 6);
      block.set(8 + j, least[j] | (least[j + 4] >> 4) << 6);
      block.set(12 + j, (scale[j + 4] & 15) | (least[j + 4] & 15) << 4);
    }
    const std::size_t low = five ? 48 : 16;
    // Number i of run r is (i + r) % 16, and 16 more in Q5_K where i + r is a multiple of 3.
    for (std::size_t i = 0; i < 32; ++i) {
      int high = 0;
      for (std::size_t r = 0; r < 8; ++r) high |= ((i + r) % 3 == 0 ? 1 : 0) << r;
      if (five) block.set(16 + i, high);
      for (std::size_t pair = 0; pair < 4; ++pair) {
        const auto first = static_cast<int>((i + 2 * pair) % 16);
        const auto second = static_cast<int>((i + 2 * pair + 1) % 16);
        block.set(low + pair * 32 + i, first | second << 4);
      }
    }
    const auto x = block.widen();
    for (std::size_t r = 0; r < 8; ++r) {
      for (std::size_t i = 0; i < 32; ++i) {
        const int q = static_cast<int>((i + r) % 16) + (five && (i + r) % 3 == 0 ? 16 : 0);
        CHECK(x[r * 32 + i] == 0.5F * static_cast<float>(scale[r]) * static_cast<float>(q) -
                                   static_cast<float>(least[r]));
      }
    }
  }
}

TEST_CASE("Q6_K: six bits in two places, sixteen signed scales") {
  Block block("Q6_K");
  block.half(208, kHalf);
  const auto number = [](std::size_t i) { return static_cast<int>((i * 7 + i / 32) % 64); };
  for (std::size_t i = 0; i < 16; ++i) block.set(192 + i, static_cast<int>(i) - 8);
  for (std::size_t part = 0; part < 2; ++part) {
    for (std::size_t l = 0; l < 32; ++l) {
      const std::size_t at = part * 128 + l;
      const int q[4] = {number(at), number(at + 32), number(at + 64), number(at + 96)};
      block.set(part * 64 + l, (q[0] & 15) | (q[2] & 15) << 4);
      block.set(part * 64 + 32 + l, (q[1] & 15) | (q[3] & 15) << 4);
      block.set(128 + part * 32 + l,
                q[0] >> 4 | (q[1] >> 4) << 2 | (q[2] >> 4) << 4 | (q[3] >> 4) << 6);
    }
  }
  const auto x = block.widen();
  for (std::size_t i = 0; i < 256; ++i) {
    CHECK(x[i] == 0.5F * static_cast<float>(static_cast<int>(i / 16) - 8) *
                      static_cast<float>(number(i) - 32));
  }
}

TEST_CASE("types are found by number, and others are not") {
  CHECK(std::string(find_gguf_type(12)->name) == "Q4_K");
  CHECK(find_gguf_type(10) == nullptr);
  CHECK(find_gguf_type(99) == nullptr);
}
