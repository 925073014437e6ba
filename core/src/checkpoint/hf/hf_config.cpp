#include "checkpoint/hf/hf_config.hpp"

#include "base/json_depth.hpp"
#include "checkpoint/hf/config_reader.hpp"
#include "checkpoint/hf/hf_rope.hpp"
#include "checkpoint/hf/mixtral_router.hpp"
#include "config/json_fault.hpp"
#include "model_spec/layout.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <array>
#include <string>
#include <vector>

namespace btx {
namespace {

using Json = ConfigReader::Json;

/// An architecture, and what transformers takes where its config.json says nothing.
struct Family {
  const char* architecture = "";
  bool mixture = false;
  double rope_theta = 10000;
  double rms_norm_eps = 1e-6;
  std::int64_t kv_heads = 0;  ///< 0: as many as query heads
  std::int64_t context = 2048;
  std::int64_t sliding_window = 0;  ///< 0: none
};
constexpr std::array<Family, 4> kFamilies = {
    {{"LlamaForCausalLM"},
     {"MistralForCausalLM", false, 1e4, 1e-6, 8, 131072, 4096},
     {"MixtralForCausalLM", true, 1e6, 1e-5, 8, 131072, 0},
     {"BtxForCausalLM", true}}};

const Family& family_of(const ConfigReader& r) {
  const auto given = r.get<std::vector<std::string>>("architectures");
  std::string known;
  for (const auto& family : kFamilies) {
    if (!given.empty() && given.front() == family.architecture) return family;
    known += (known.empty() ? "" : ", ") + std::string(family.architecture);
  }
  r.fail(fmt::format("architecture '{}' is not supported; known: {}",
                     given.empty() ? "" : given.front(), known));
}

void refuse_what_is_not_done(const ConfigReader& r, const Family& family, std::int64_t context) {
  r.refuse_unless("hidden_act", "silu");
  r.refuse_unless("attention_bias", false);
  r.refuse_unless("mlp_bias", false);
  r.refuse_unless("attention_dropout", 0.0);
  r.refuse_unless("router_jitter_noise", 0.0);
  if (r.has("quantization_config")) {
    r.fail(
        "'quantization_config': its weights are packed numbers; give the model as it was before "
        "it was quantised");
  }
  if (r.has("layer_types")) {
    for (const auto& type : r.get<std::vector<std::string>>("layer_types")) {
      if (type == "full_attention") continue;
      r.fail(fmt::format("'layer_types' has '{}'; this model does only 'full_attention'", type));
    }
  }
  const std::int64_t window = r.mentions("sliding_window")
                                  ? r.get_or<std::int64_t>("sliding_window", 0)
                                  : family.sliding_window;
  if (window == 0 && !r.has("sliding_window")) return;
  if (window < context) {
    r.fail(
        fmt::format("'sliding_window' is shorter than the context: {} of {} tokens{}; this model "
                    "attends to all of them",
                    window, context, r.has("sliding_window") ? "" : ", as nothing else is said"));
  }
}

void read_block(const ConfigReader& r, ModelConfig& c) {
  const Json& block = r.at("btx");
  if (block.value("version", 0) != kBtxBlockVersion) {
    r.fail(fmt::format("its btx block has version {}, this program reads {}",
                       block.value("version", 0), kBtxBlockVersion));
  }
  for (const auto& expert : block.at("experts")) {
    c.experts.push_back({expert.at("name"), expert.at("domain"), expert.at("group")});
  }
  c.mixture = block.at("mixture").get<std::vector<bool>>();
  c.router.type = block.at("router").at("type");
  c.router.params = block.at("router").at("params").dump();
  const std::string granularity = block.at("router").at("granularity");
  const auto known = value_named<Granularity>(granularity);
  if (!known)
    r.fail(fmt::format("router granularity must be ffn, linear or model, got '{}'", granularity));
  c.router.granularity = *known;
  c.router.selection_bias = block.at("router").value("selection_bias", false);
  for (const auto& own : block.at("router").value("by_layer", Json::array())) {
    c.router.by_layer.push_back({own.at("layers").get<std::vector<std::int64_t>>(), own.at("type"),
                                 own.at("params").dump()});
  }
}

/// Experts and router of a Mixtral that btx did not write.
void read_mixtral(const ConfigReader& r, ModelConfig& c) {
  const auto experts = r.get_or<std::int64_t>("num_local_experts", 8);
  const auto kept = r.get_or<std::int64_t>("num_experts_per_tok", 2);
  if (experts < 1 || experts > kMostExperts || kept < 1 || kept > experts) {
    r.fail(
        fmt::format("'num_experts_per_tok' {} of 'num_local_experts' {}; needs 1 to {} experts "
                    "and a token through at most all of them",
                    kept, experts, kMostExperts));
  }
  c.mixture.assign(static_cast<std::size_t>(c.num_layers), true);
  for (std::int64_t i = 0; i < experts; ++i) {
    const std::string name = fmt::format("expert{}", i);
    c.experts.push_back({name, "", name});
  }
  try {
    c.router = mixtral_router(kept, experts);
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("{}: a mixture without a 'btx' block, which names a "
                                          "router: {}",
                                          r.name(), error.what()));
  }
}

SpecialTokens read_special_tokens(const ConfigReader& r) {
  SpecialTokens tokens;
  if (r.has("bos_token_id")) tokens.bos = r.get<std::int64_t>("bos_token_id");
  if (r.has("pad_token_id")) tokens.pad = r.get<std::int64_t>("pad_token_id");
  if (!r.has("eos_token_id")) return tokens;
  if (r.at("eos_token_id").is_array()) {
    tokens.eos = r.get<std::vector<std::int64_t>>("eos_token_id");
  } else {
    tokens.eos = {r.get<std::int64_t>("eos_token_id")};
  }
  return tokens;
}

void read_shape(const ConfigReader& r, const Family& family, ModelConfig& c) {
  c.vocab_size = r.get<std::int64_t>("vocab_size");
  c.hidden_size = r.get<std::int64_t>("hidden_size");
  c.num_layers = r.get<std::int64_t>("num_hidden_layers");
  c.num_heads = r.get<std::int64_t>("num_attention_heads");
  if (c.num_heads <= 0 || c.num_layers <= 0 || c.num_layers > 4096) {
    r.fail(fmt::format("{} layers of {} heads", c.num_layers, c.num_heads));
  }
  const bool silent = family.kv_heads > 0 && !r.mentions("num_key_value_heads");
  c.num_kv_heads = r.get_or("num_key_value_heads", silent ? family.kv_heads : c.num_heads);
  c.head_dim = r.get_or("head_dim", c.hidden_size / c.num_heads);
  c.ffn_size = r.get<std::int64_t>("intermediate_size");
  c.context = r.get_or("max_position_embeddings", family.context);
  c.rms_norm_eps = r.get_or("rms_norm_eps", family.rms_norm_eps);
  c.tie_embeddings = r.get_or("tie_word_embeddings", false);
}

ModelConfig read_config(const ConfigReader& r) {
  const Family& family = family_of(r);
  ModelConfig c;
  read_shape(r, family, c);
  c.special_tokens = read_special_tokens(r);
  read_rope(r, family.rope_theta, c);
  refuse_what_is_not_done(r, family, c.context);
  const bool written_by_btx = r.has("btx");
  if (family.mixture && written_by_btx) {
    read_block(r, c);
  } else if (family.architecture == std::string("MixtralForCausalLM")) {
    read_mixtral(r, c);
  } else if (family.mixture) {
    r.fail("a BtxForCausalLM needs a 'btx' block, which names the router and the experts");
  }
  try {
    check_model_config(c);
  } catch (const Error& error) {
    r.fail(error.what());
  }
  return c;
}

}  // namespace

ModelConfig config_from_json(const std::string& text, const std::string& name) {
  if (nested_too_deep(text)) {
    throw Error(ExitCode::usage, name + ": not a good config.json: it is nested too deep");
  }
  try {
    const Json json = Json::parse(text);
    return read_config(ConfigReader(json, name));
  } catch (const Json::exception& error) {
    throw Error(ExitCode::usage,
                fmt::format("{}: not a good config.json: {}", name, json_fault(error.what())));
  }
}

}  // namespace btx
