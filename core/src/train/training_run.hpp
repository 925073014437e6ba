#pragma once
// All that a training needs.

#include "data/blend.hpp"
#include "dist/process_group.hpp"
#include "model/decoder.hpp"
#include "recipe/schema/train.hpp"
#include "train/balances.hpp"
#include "train/metrics.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace btx {

/// What a stage trains on, domain by domain.
struct TrainingData {
  std::vector<BlendDomain> train;
  std::vector<BlendDomain> dev;               ///< every domain of the recipe, for dev losses
  std::vector<ReplayedStream> replayed = {};  ///< instead of `train`: what other stages read
};

/// All that a training needs. What it refers to must outlive the trainer, and belongs to it until
/// Trainer::run() is done.
struct TrainingRun {
  std::string title;  ///< for progress and messages
  Decoder& decoder;
  Parameters& parameters;  ///< the decoder's
  Balances& balances;
  const TrainingData& data;
  const TrainConfig& config;
  std::uint64_t seed;  ///< of all random numbers
  MetricsLog& metrics;
  ProcessGroup& processes;    ///< that train the model together; single_process() for one alone
  std::string computed = "";  ///< on what, ComputedOn::text(); what was begun on another is refused
};

}  // namespace btx
