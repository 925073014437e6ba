#include "base/hash.hpp"

#include <btx/random.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace btx {
namespace {

constexpr std::uint32_t kMultiplier0 = 0xD2511F53;
constexpr std::uint32_t kMultiplier1 = 0xCD9E8D57;
constexpr std::uint32_t kWeyl0 = 0x9E3779B9;
constexpr std::uint32_t kWeyl1 = 0xBB67AE85;

/// (k + 0.5) / 2^24, never 0; the largest k rounds to 1.
float to_unit(std::uint32_t bits) {
  return (static_cast<float>(bits >> 8) + 0.5F) * 0x1p-24F;
}

}  // namespace

std::uint64_t random_key(std::uint64_t seed, std::string_view purpose) {
  return hash64(purpose, seed);
}

std::array<std::uint32_t, 4> philox(std::uint64_t key, std::uint64_t counter_low,
                                    std::uint64_t counter_high) {
  std::array<std::uint32_t, 4> c = {
      static_cast<std::uint32_t>(counter_low), static_cast<std::uint32_t>(counter_low >> 32),
      static_cast<std::uint32_t>(counter_high), static_cast<std::uint32_t>(counter_high >> 32)};
  auto k0 = static_cast<std::uint32_t>(key);
  auto k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{kMultiplier0} * c[0];
    const std::uint64_t p1 = std::uint64_t{kMultiplier1} * c[2];
    c = {static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ k0, static_cast<std::uint32_t>(p1),
         static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ k1, static_cast<std::uint32_t>(p0)};
    k0 += kWeyl0;
    k1 += kWeyl1;
  }
  return c;
}

float random_uniform(std::uint64_t key, std::uint64_t counter) {
  return std::min(to_unit(philox(key, counter)[0]), 1 - 0x1p-24F);
}

float random_normal(std::uint64_t key, std::uint64_t counter) {
  const auto bits = philox(key, counter);
  const double radius = std::sqrt(-2.0 * std::log(static_cast<double>(to_unit(bits[0]))));
  return static_cast<float>(radius * std::cos(2.0 * std::numbers::pi * to_unit(bits[1])));
}

std::uint64_t permute(std::uint64_t key, std::uint64_t size, std::uint64_t index) {
  unsigned half = 1;
  while (half < 32 && (std::uint64_t{1} << (2 * half)) < size) ++half;
  const std::uint64_t mask = (std::uint64_t{1} << half) - 1;
  do {
    std::uint64_t left = index >> half;
    std::uint64_t right = index & mask;
    for (std::uint64_t round = 0; round < 4; ++round) {
      const std::uint64_t next = left ^ (philox(key, right, round)[0] & mask);
      left = right;
      right = next;
    }
    index = (left << half) | right;
  } while (index >= size);
  return index;
}

}  // namespace btx
