#pragma once
// Counter-based random numbers (Philox 4x32-10): a value is a function of (key, counter), never of
// how many were drawn before.
// All functions are pure.   [any]
// Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".

#include <btx/export.hpp>

#include <array>
#include <cstdint>
#include <string_view>

namespace btx {

/// A key for one purpose of one stage: hash of (seed, purpose).
BTX_EXPORT std::uint64_t random_key(std::uint64_t seed, std::string_view purpose);

/// Four independent 32-bit numbers for this key and counter.
BTX_EXPORT std::array<std::uint32_t, 4> philox(std::uint64_t key, std::uint64_t counter_low,
                                               std::uint64_t counter_high = 0);
/// Uniform in (0, 1), 24 bits.
BTX_EXPORT float random_uniform(std::uint64_t key, std::uint64_t counter);
/// Standard normal (Box-Muller on philox).
BTX_EXPORT float random_normal(std::uint64_t key, std::uint64_t counter);

/// A pseudo-random permutation of 0..size-1 evaluated at one index, in O(1) memory
/// (a Feistel network with cycle walking). Needs index < size.
BTX_EXPORT std::uint64_t permute(std::uint64_t key, std::uint64_t size, std::uint64_t index);

}  // namespace btx
