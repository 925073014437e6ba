#pragma once
// Whether a training stage can be done with a model, before anything runs.

#include "config/value.hpp"
#include "recipe/schema/train.hpp"

#include <btx/model_config.hpp>

#include <string>

namespace btx {

/// Throws btx::Error (usage), with the place in `written`, the stage's table, for what
/// recipe/training_fault.hpp finds. `where` is the table's name for messages.
void check_training(const std::string& where, const Value& written, const TrainConfig& train,
                    const ModelConfig& model);

}  // namespace btx
