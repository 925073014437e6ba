#include "checkpoint/hf/config_reader.hpp"
#include "checkpoint/hf/hf_config.hpp"
#include "checkpoint/hf/hf_rope.hpp"
#include "model_spec/sizes.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace btx {
namespace {

using Json = ConfigReader::Json;

Json block_of(const ModelConfig& c) {
  Json experts = Json::array();
  for (const auto& e : c.experts) {
    experts.push_back({{"name", e.name}, {"domain", e.domain}, {"group", e.group}});
  }
  Json router = {{"type", c.router.type},
                 {"params", Json::parse(c.router.params)},
                 {"granularity", name_of(c.router.granularity)}};
  if (c.router.selection_bias) router["selection_bias"] = true;
  for (const auto& own : c.router.by_layer) {
    router["by_layer"].push_back(
        {{"layers", own.layers}, {"type", own.type}, {"params", Json::parse(own.params)}});
  }
  return {{"version", kBtxBlockVersion},
          {"mixture", c.mixture},
          {"experts", experts},
          {"router", router}};
}

void add_special_tokens(const SpecialTokens& tokens, Json& json) {
  if (tokens.bos) json["bos_token_id"] = *tokens.bos;
  if (tokens.eos.size() == 1) json["eos_token_id"] = tokens.eos.front();
  if (tokens.eos.size() > 1) json["eos_token_id"] = tokens.eos;
  if (tokens.pad) json["pad_token_id"] = *tokens.pad;
}

const char* torch_dtype(DType dtype) {
  return dtype == DType::float32 ? "float32" : dtype == DType::float16 ? "float16" : "bfloat16";
}

enum class Architecture { llama, mixtral, btx };

Json config_json(const ModelConfig& c, Architecture kind, std::int64_t experts_per_token,
                 DType dtype) {
  constexpr std::array<std::pair<const char*, const char*>, 3> kNames = {
      {{"LlamaForCausalLM", "llama"},
       {"MixtralForCausalLM", "mixtral"},
       {"BtxForCausalLM", "btx"}}};
  const auto& [architecture, type] = kNames[static_cast<std::size_t>(kind)];
  Json json = {{"architectures", {architecture}}, {"model_type", type}};
  for_each_size(c, [&](const SizeName& size, std::int64_t value) { json[size.hf] = value; });
  json["rope_theta"] = c.rope_theta;
  json["rms_norm_eps"] = c.rms_norm_eps;
  json["tie_word_embeddings"] = c.tie_embeddings;
  json["hidden_act"] = "silu";
  json["attention_bias"] = false;
  json["torch_dtype"] = torch_dtype(dtype);
  if (c.rope_scaling.type != RopeType::none) {
    json["rope_scaling"] = rope_scaling_json(c.rope_scaling);
  }
  add_special_tokens(c.special_tokens, json);
  if (kind == Architecture::mixtral) {
    json["num_local_experts"] = c.num_experts();
    json["num_experts_per_tok"] = experts_per_token;
    json["output_router_logits"] = false;
    json["sliding_window"] = nullptr;
  }
  return json;
}

}  // namespace

std::string config_to_json(const ModelConfig& c, const MixtralForm& form) {
  const bool every_layer = std::count(c.mixture.begin(), c.mixture.end(), true) == c.num_layers;
  const bool as_mixtral = form.same && every_layer && c.router.granularity == Granularity::ffn;
  const Architecture kind = c.num_experts() == 0 ? Architecture::llama
                            : as_mixtral         ? Architecture::mixtral
                                                 : Architecture::btx;
  Json json = config_json(c, kind, form.experts_per_token, DType::float32);
  if (kind != Architecture::llama) json["btx"] = block_of(c);
  return json.dump(2) + "\n";
}

std::string config_to_json(const ModelConfig& c) {
  return config_to_json(c, mixtral_form(c));
}

std::string export_config_json(const ModelConfig& c, const MixtralForm& form, DType dtype) {
  const Architecture kind = c.num_experts() == 0 ? Architecture::llama : Architecture::mixtral;
  Json json = config_json(c, kind, form.experts_per_token, dtype);
  // Where they are absent, transformers takes Llama's own.
  for (const char* key : {"bos_token_id", "eos_token_id", "pad_token_id"}) {
    if (!json.contains(key)) json[key] = nullptr;
  }
  return json.dump(2) + "\n";
}

}  // namespace btx
