#pragma once
// From a checkpoint to a model in memory, and back.

#include "checkpoint/model_folder.hpp"
#include "model/decoder.hpp"
#include "train/config.hpp"

#include <memory>

namespace btx {

/// A model with its parameters.
struct LoadedModel {
  ModelConfig config;
  std::unique_ptr<Parameters> parameters;
  std::unique_ptr<Decoder> decoder;
};

/// Sets threads and opens the device of a resolved engine; returns the device.
/// Throws btx::Error when CUDA's libraries cannot be opened.
BTX_EXPORT at::Device open_engine(const EngineConfig& engine);

/// Reads a checkpoint. Masters are float32 whatever the files hold.
/// Throws btx::Error as ModelFolder, and plugin errors of the router.
BTX_EXPORT LoadedModel load_model(const ModelFolder& folder, const EngineConfig& engine,
                                  bool trainable);

/// A new model: normal weights of deviation `init_std` (projections into the residual stream
/// init_std / sqrt(2 layers)), norms 1; each number a function of (seed, tensor, index).
BTX_EXPORT LoadedModel new_model(const ModelConfig& config, double init_std, std::uint64_t seed,
                                 const EngineConfig& engine);

/// Writes config.json and model.safetensors, float32.
BTX_EXPORT void save_model(const LoadedModel& model, const fs::path& folder);

}  // namespace btx
