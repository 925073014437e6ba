#include "train/learning_rate.hpp"

#include <btx/error.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace btx {

namespace {

/// Of the peak rate, with `progress` (0 to 1) of the steps after warm-up done.
double share_of_peak(const TrainConfig& config, double progress) {
  switch (config.schedule) {
    case Schedule::constant: return 1;
    case Schedule::cosine: {
      const double wave = 0.5 * (1.0 + std::cos(std::numbers::pi * progress));
      return config.min_lr_factor + (1.0 - config.min_lr_factor) * wave;
    }
  }
  throw Error("a schedule that the trainer does not know; this is a bug");
}

}  // namespace

double learning_rate(const TrainConfig& config, std::int64_t step, std::int64_t total) {
  const auto share =
      static_cast<std::int64_t>(std::ceil(config.warmup_fraction * static_cast<double>(total)));
  const std::int64_t warmup = config.warmup_steps > 0 ? config.warmup_steps : share;
  if (step < warmup) {
    return config.lr * static_cast<double>(step + 1) / static_cast<double>(warmup);
  }
  const double progress = static_cast<double>(step - warmup) /
                          static_cast<double>(std::max<std::int64_t>(1, total - warmup));
  return config.lr * share_of_peak(config, progress);
}

}  // namespace btx
