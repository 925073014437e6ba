#pragma once
// Whether a training stage can be done with a model, before anything runs.

#include "recipe/value.hpp"
#include "train/config.hpp"

#include <btx/model_config.hpp>

#include <string>

namespace btx {

/// Throws btx::Error (usage), with the place in `written`, the stage's table, for a batch that is
/// no whole number of sequences or micro-batches, and for globs that match no tensor of the model.
/// `where` is the table's name for messages.
void check_training(const std::string& where, const Value& written, const TrainConfig& train,
                    const ModelConfig& model);

}  // namespace btx
