#pragma once
// What stages take, before they run.

#include "pipeline/stage.hpp"
#include "recipe/schema/engine.hpp"
#include "recipe/schema/train.hpp"

#include <btx/merge_strategy.hpp>
#include <btx/model_config.hpp>

#include <vector>

namespace btx {

/// Training `train.tokens` of this model: parameters, FLOPs, memory (weights, gradients, moments,
/// activations of a micro-batch, LibTorch itself) and disk (result and checkpoints). `first_pass`:
/// its balances need a forward pass more (TrainingPasses).
BTX_EXPORT StageEstimate estimate_training(const ModelConfig& model, double experts_per_token,
                                           const TrainConfig& train, const EngineConfig& engine,
                                           bool first_pass = false);

/// What of an evaluation decides about memory.
struct EvaluationSize {
  std::int64_t batch_tokens = 0;   ///< scored side by side
  std::int64_t cached_tokens = 0;  ///< whose keys and values are kept; 0: there are no sets
  std::int64_t models = 1;         ///< loaded at a time: of an ensemble that writes, all members
  bool masters = false;            ///< with the float32 master of every tensor, to be saved
};

/// Scoring with this model; FLOPs are left out, as the amount of text is not known.
BTX_EXPORT StageEstimate estimate_evaluation(const ModelConfig& model, double experts_per_token,
                                             const EvaluationSize& size,
                                             const EngineConfig& engine);

/// Merging `models` by this plan into one with so many experts per token.
BTX_EXPORT StageEstimate estimate_mix(const MixPlan& plan, const std::vector<MergeInput>& models,
                                      double experts_per_token);

}  // namespace btx
