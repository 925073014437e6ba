#include "checkpoint/hf/hf_rope.hpp"

#include "model_spec/rope.hpp"

namespace btx {
namespace {

/// Older files say "type".
std::string type_of(const ConfigReader& rope) {
  return rope.get_or<std::string>("rope_type", rope.get_or<std::string>("type", "default"));
}

RopeScaling read_scaling(const ConfigReader& json, const ConfigReader& rope, std::int64_t context) {
  RopeScaling scaling;
  const std::string type = type_of(rope);
  if (type == "default") return scaling;
  if (type != "linear" && type != "llama3") {
    rope.fail(fmt::format("rope type '{}' is not supported; known: default, linear, llama3", type));
  }
  scaling.type = type == "linear" ? RopeType::linear : RopeType::llama3;
  scaling.factor = rope.get<double>("factor");
  if (scaling.type == RopeType::linear) return scaling;
  scaling.low_freq_factor = rope.get<double>("low_freq_factor");
  scaling.high_freq_factor = rope.get<double>("high_freq_factor");
  // What transformers 5 takes where it is not said.
  const auto outside = json.get_or<std::int64_t>("original_max_position_embeddings", context);
  scaling.original_max_position_embeddings =
      rope.get_or<std::int64_t>("original_max_position_embeddings", outside);
  return scaling;
}

}  // namespace

void read_rope(const ConfigReader& json, double default_theta, ModelConfig& config) {
  config.rope_theta = json.get_or("rope_theta", default_theta);
  json.refuse_unless("partial_rotary_factor", 1.0);
  // Where both are there, both versions of transformers take the first.
  for (const char* key : {"rope_scaling", "rope_parameters"}) {
    if (!json.has(key)) continue;
    const ConfigReader rope = json.inside(key);
    for (const auto& [inner, value] : json.at(key).items()) {
      if (!value.is_object()) continue;
      rope.fail(
          fmt::format("'{}.{}' gives a kind of layer an embedding of its own; this model has "
                      "one for all layers",
                      key, inner));
    }
    rope.refuse_unless("partial_rotary_factor", 1.0);
    config.rope_theta = rope.get_or("rope_theta", config.rope_theta);
    config.rope_scaling = read_scaling(json, rope, config.context);
    return;
  }
}

ConfigReader::Json rope_scaling_json(const RopeScaling& s) {
  if (s.type == RopeType::none) return nullptr;
  ConfigReader::Json json = {{"rope_type", rope_type_name(s.type)}, {"factor", s.factor}};
  if (s.type == RopeType::linear) return json;
  json["low_freq_factor"] = s.low_freq_factor;
  json["high_freq_factor"] = s.high_freq_factor;
  json["original_max_position_embeddings"] = s.original_max_position_embeddings;
  return json;
}

}  // namespace btx
