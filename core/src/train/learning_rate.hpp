#pragma once
// How fast a stage learns, step by step.

#include "recipe/schema/train.hpp"

#include <btx/export.hpp>

#include <cstdint>

namespace btx {

/// Learning rate of optimizer step `step` (from 0) of `total`: linear warm-up from lr / warmup to
/// lr over the first warmup_steps, or ceil(warmup_fraction x total) steps where that is 0, then a
/// cosine towards lr x min_lr_factor, or lr.   [any]
BTX_EXPORT double learning_rate(const TrainConfig& config, std::int64_t step, std::int64_t total);

}  // namespace btx
