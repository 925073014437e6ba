#pragma once
// The seed of a stage's random numbers.

#include <btx/random.hpp>

#include <cstdint>
#include <string>

namespace btx {

/// Derived from the recipe's seed and from what the numbers are for, the stage's name.   [any]
inline std::uint64_t stage_seed(std::int64_t seed, const std::string& purpose) {
  return random_key(static_cast<std::uint64_t>(seed), purpose);
}

}  // namespace btx
