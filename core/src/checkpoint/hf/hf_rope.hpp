#pragma once
// The rotary embedding in a config.json: `rope_theta` and `rope_scaling` (transformers 4), or both
// in `rope_parameters` (transformers 5).

#include "checkpoint/hf/config_reader.hpp"

#include <btx/model_config.hpp>

namespace btx {

/// Fills rope_theta (`default_theta` where nothing says it) and rope_scaling; needs config.context.
/// Throws btx::Error (usage) naming a type or a setting that this model does not do.
void read_rope(const ConfigReader& json, double default_theta, ModelConfig& config);

/// `rope_scaling` for config.json, which both versions read; null for none.
ConfigReader::Json rope_scaling_json(const RopeScaling& scaling);

}  // namespace btx
