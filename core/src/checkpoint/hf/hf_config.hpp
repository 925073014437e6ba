#pragma once
// config.json: Hugging Face's, and the block that makes btx's own models whole again.

#include "checkpoint/hf/mixtral_router.hpp"

#include <btx/mix_plan.hpp>
#include <btx/model_config.hpp>

#include <cstdint>
#include <string>

namespace btx {

/// Version of the "btx" block of config.json, which says what the layers and the router of a
/// mixture are.
inline constexpr int kBtxBlockVersion = 1;

/// config.json for this model, whose router is `form` (mixtral_router.hpp).
BTX_EXPORT std::string config_to_json(const ModelConfig& config, const MixtralForm& form);
/// The same with mixtral_form(config). Throws btx::Error as the router's plugin does.
BTX_EXPORT std::string config_to_json(const ModelConfig& config);
/// config.json without the block, for a dense model or a mixture that Mixtral computes.
BTX_EXPORT std::string export_config_json(const ModelConfig& config, const MixtralForm& form,
                                          DType dtype);

/// Reads a config.json. What it asks for and this model does not do (another activation, biases, a
/// sliding window shorter than the context, another rope type, ...) is an error that names it; what
/// it leaves out is what transformers takes then. A Mixtral without the block gets the experts
/// "expert0", ... and the router of mixtral_router().   Throws btx::Error with the file.
BTX_EXPORT ModelConfig config_from_json(const std::string& text, const std::string& name);

}  // namespace btx
