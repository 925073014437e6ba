#pragma once
// From a checkpoint to a model in memory, and back.

#include "checkpoint/model_folder.hpp"
#include "model/decoder.hpp"
#include "recipe/schema/engine.hpp"

#include <memory>

namespace btx {

/// A model with its parameters.
struct LoadedModel {
  ModelConfig config;
  std::unique_ptr<Parameters> parameters;
  std::unique_ptr<Decoder> decoder;
};

/// Opens the device of an engine in which all is decided; returns the device.
/// Throws btx::Error when CUDA's libraries cannot be opened.
BTX_EXPORT at::Device open_engine(const EngineConfig& engine);

/// What of a model is trained.
struct Training {
  bool trained = false;             ///< false: nothing
  std::vector<std::string> frozen;  ///< globs over tensor names: all but these
  bool selection_bias = false;      ///< the model gets a selection bias, of zeros, if it has none
  bool saved = false;               ///< saved without being trained, and so with all its masters
};

/// Reads a checkpoint. Masters are float32 whatever the files hold; of a model that is neither
/// trained nor saved only those tensors have one that are read in float32 (exact_tensors()); the
/// others are in the compute type. Throws btx::Error as ModelFolder, plugin errors of the router,
/// and (usage) for a glob of frozen tensors that matches nothing, or globs that leave nothing to be
/// trained.
BTX_EXPORT LoadedModel load_model(const ModelFolder& folder, const EngineConfig& engine,
                                  const Training& training);

/// A new model: normal weights of deviation `init_std` (projections into the residual stream
/// init_std / sqrt(2 layers)), norms 1; each number a function of (seed, tensor, index).
BTX_EXPORT LoadedModel new_model(const ModelConfig& config, double init_std, std::uint64_t seed,
                                 const EngineConfig& engine, const Training& training);

/// Writes config.json and model.safetensors, float32. Throws btx::Error for a model that was loaded
/// neither to be trained nor to be saved.
BTX_EXPORT void save_model(const LoadedModel& model, const fs::path& folder);

}  // namespace btx
