#pragma once
// What stages take, before they run.

#include "pipeline/stage.hpp"
#include "train/config.hpp"

#include <btx/model_config.hpp>

namespace btx {

/// Training `train.tokens` of this model: parameters, FLOPs, memory (weights, gradients, moments,
/// activations of a micro-batch, LibTorch itself) and disk (result and checkpoints).
BTX_EXPORT StageEstimate estimate_training(const ModelConfig& model, double experts_per_token,
                                           const TrainConfig& train, const EngineConfig& engine);

/// Scoring with this model; FLOPs are left out, as the amount of text is not known.
BTX_EXPORT StageEstimate estimate_evaluation(const ModelConfig& model, double experts_per_token,
                                             std::int64_t batch_tokens, const EngineConfig& engine);

}  // namespace btx
