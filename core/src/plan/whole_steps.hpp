#pragma once
// Budgets of training in whole optimizer steps.

#include "recipe/schema/train.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace btx {

inline constexpr double kMostTokens = 1e15;  ///< of one stage, as for train.tokens

/// So many tokens, at most kMostTokens, in whole steps, at least one.
inline std::int64_t whole_steps(double tokens, const TrainConfig& train) {
  const auto batch = static_cast<double>(train.batch_tokens);
  return train.batch_tokens *
         std::max<std::int64_t>(1, static_cast<std::int64_t>(std::llround(tokens / batch)));
}

}  // namespace btx
