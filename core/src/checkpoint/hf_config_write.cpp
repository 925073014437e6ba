#include "checkpoint/config_reader.hpp"
#include "checkpoint/hf_config.hpp"
#include "checkpoint/hf_rope.hpp"

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
  return {{"version", kBtxBlockVersion},
          {"mixture", c.mixture},
          {"experts", experts},
          {"router",
           {{"type", c.router.type},
            {"params", Json::parse(c.router.params)},
            {"granularity", c.router.granularity}}}};
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
  Json json = {{"architectures", {architecture}},
               {"model_type", type},
               {"vocab_size", c.vocab_size},
               {"hidden_size", c.hidden_size},
               {"num_hidden_layers", c.num_layers},
               {"num_attention_heads", c.num_heads},
               {"num_key_value_heads", c.num_kv_heads},
               {"head_dim", c.head_dim},
               {"intermediate_size", c.ffn_size},
               {"max_position_embeddings", c.context},
               {"rope_theta", c.rope_theta},
               {"rms_norm_eps", c.rms_norm_eps},
               {"tie_word_embeddings", c.tie_embeddings},
               {"hidden_act", "silu"},
               {"attention_bias", false},
               {"torch_dtype", torch_dtype(dtype)}};
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

std::string config_to_json(const ModelConfig& c, bool mixtral, std::int64_t experts_per_token) {
  const bool every_layer = std::count(c.mixture.begin(), c.mixture.end(), true) == c.num_layers;
  const bool as_mixtral = mixtral && every_layer && c.router.granularity == "ffn";
  const Architecture kind = c.num_experts() == 0 ? Architecture::llama
                            : as_mixtral         ? Architecture::mixtral
                                                 : Architecture::btx;
  Json json = config_json(c, kind, experts_per_token, DType::float32);
  if (kind != Architecture::llama) json["btx"] = block_of(c);
  return json.dump(2) + "\n";
}

std::string export_config_json(const ModelConfig& c, std::int64_t experts_per_token, DType dtype) {
  const Architecture kind = c.num_experts() == 0 ? Architecture::llama : Architecture::mixtral;
  Json json = config_json(c, kind, experts_per_token, dtype);
  // Where they are absent, transformers takes Llama's own.
  for (const char* key : {"bos_token_id", "eos_token_id", "pad_token_id"}) {
    if (!json.contains(key)) json[key] = nullptr;
  }
  return json.dump(2) + "\n";
}

}  // namespace btx
