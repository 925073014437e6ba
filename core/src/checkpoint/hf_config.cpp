#include "checkpoint/model_folder.hpp"
#include "model/layout.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <type_traits>

namespace btx {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kBlockVersion = 1;

/// Reads one config.json, remembering its name for messages.
class Reader {
 public:
  Reader(const Json& json, const std::string& name) : json_(json), name_(name) {}

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ExitCode::usage, fmt::format("{}: {}", name_, what));
  }

  bool has(const char* key) const { return json_.contains(key) && !json_.at(key).is_null(); }

  template <class T>
  T get(const char* key) const {
    if (!has(key)) fail(fmt::format("'{}' is missing", key));
    const Json& value = json_.at(key);
    try {
      // get() would also take 2.5 and true for an integer.
      if (!std::is_same_v<T, std::int64_t> || value.is_number_integer()) return value.get<T>();
    } catch (const Json::exception&) {  // the message below says it
    }
    fail(fmt::format("'{}' has the wrong type: {}", key, value.dump()));
  }
  template <class T>
  T get_or(const char* key, T fallback) const {
    return has(key) ? get<T>(key) : fallback;
  }

  /// Refuses a setting that the model does not do.
  void refuse_unless(const char* key, const Json& only) const {
    if (has(key) && json_.at(key) != only) {
      fail(fmt::format("'{}' is {}; this model does only {}", key, json_.at(key).dump(),
                       only.dump()));
    }
  }
  const Json& json() const { return json_; }

 private:
  const Json& json_;
  const std::string& name_;
};

double read_rope(const Reader& r) {
  if (r.has("rope_parameters")) {  // transformers 5 keeps theta and type together
    const Json& rope = r.json().at("rope_parameters");
    if (!rope.is_object()) r.fail("'rope_parameters' has the wrong type: " + rope.dump());
    if (rope.value("rope_type", "default") != "default") {
      r.fail(fmt::format("rope type '{}' is not supported; only 'default' is",
                         rope.value("rope_type", "")));
    }
    return rope.value("rope_theta", 10000.0);
  }
  if (r.has("rope_scaling")) {
    r.fail(fmt::format("'rope_scaling' {} is not supported", r.json().at("rope_scaling").dump()));
  }
  return r.get_or("rope_theta", 10000.0);
}

void refuse_what_is_not_done(const Reader& r, std::int64_t context) {
  r.refuse_unless("hidden_act", "silu");
  r.refuse_unless("attention_bias", false);
  r.refuse_unless("mlp_bias", false);
  if (r.has("sliding_window") && r.get<std::int64_t>("sliding_window") < context) {
    r.fail("'sliding_window' is shorter than the context; this model attends to all of it");
  }
}

void read_block(const Reader& r, ModelConfig& c) {
  const Json& block = r.json().at("btx");
  if (block.value("version", 0) != kBlockVersion) {
    r.fail(fmt::format("its btx block has version {}, this program reads {}",
                       block.value("version", 0), kBlockVersion));
  }
  for (const auto& expert : block.at("experts")) {
    c.experts.push_back({expert.at("name"), expert.at("domain"), expert.at("group")});
  }
  c.mixture = block.at("mixture").get<std::vector<bool>>();
  c.router.type = block.at("router").at("type");
  c.router.params = block.at("router").at("params").dump();
  c.router.granularity = block.at("router").at("granularity");
}

Json block_of(const ModelConfig& c) {
  Json experts = Json::array();
  for (const auto& e : c.experts) {
    experts.push_back({{"name", e.name}, {"domain", e.domain}, {"group", e.group}});
  }
  return {{"version", kBlockVersion},
          {"mixture", c.mixture},
          {"experts", experts},
          {"router",
           {{"type", c.router.type},
            {"params", Json::parse(c.router.params)},
            {"granularity", c.router.granularity}}}};
}

ModelConfig read_config(const Reader& r) {
  ModelConfig c;
  c.vocab_size = r.get<std::int64_t>("vocab_size");
  c.hidden_size = r.get<std::int64_t>("hidden_size");
  c.num_layers = r.get<std::int64_t>("num_hidden_layers");
  c.num_heads = r.get<std::int64_t>("num_attention_heads");
  if (c.num_heads <= 0 || c.num_layers <= 0 || c.num_layers > 4096) {
    r.fail(fmt::format("{} layers of {} heads", c.num_layers, c.num_heads));
  }
  c.num_kv_heads = r.get_or("num_key_value_heads", c.num_heads);
  c.head_dim = r.get_or("head_dim", c.hidden_size / c.num_heads);
  c.ffn_size = r.get<std::int64_t>("intermediate_size");
  c.context = r.get_or<std::int64_t>("max_position_embeddings", 2048);
  c.rms_norm_eps = r.get_or("rms_norm_eps", 1e-6);
  c.tie_embeddings = r.get_or("tie_word_embeddings", false);
  c.rope_theta = read_rope(r);
  refuse_what_is_not_done(r, c.context);
  const auto architecture = r.get<std::vector<std::string>>("architectures");
  const std::string kind = architecture.empty() ? "" : architecture.front();
  if (kind == "MixtralForCausalLM" || kind == "BtxForCausalLM") {
    if (!r.has("btx")) {
      r.fail(
          fmt::format("a {} without a 'btx' block, which names the router and the experts, "
                      "cannot be read; dense models and mixtures written by btx can",
                      kind));
    }
    read_block(r, c);
  } else if (kind != "LlamaForCausalLM") {
    r.fail(
        fmt::format("architecture '{}' is not supported; known: LlamaForCausalLM, "
                    "MixtralForCausalLM, BtxForCausalLM",
                    kind));
  }
  try {
    check_model_config(c);
  } catch (const Error& error) {
    r.fail(error.what());
  }
  return c;
}

}  // namespace

std::string config_to_json(const ModelConfig& c, bool mixtral, std::int64_t experts_per_token) {
  const bool dense = c.num_experts() == 0;
  const bool every_layer = std::count(c.mixture.begin(), c.mixture.end(), true) == c.num_layers;
  const bool as_mixtral = mixtral && every_layer && c.router.granularity == "ffn";
  Json json = {{"architectures",
                {dense        ? "LlamaForCausalLM"
                 : as_mixtral ? "MixtralForCausalLM"
                              : "BtxForCausalLM"}},
               {"model_type", dense        ? "llama"
                              : as_mixtral ? "mixtral"
                                           : "btx"},
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
               {"torch_dtype", "float32"}};
  if (as_mixtral) {
    json["num_local_experts"] = c.num_experts();
    json["num_experts_per_tok"] = experts_per_token;
    json["output_router_logits"] = false;
    json["sliding_window"] = nullptr;
  }
  if (!dense) json["btx"] = block_of(c);
  return json.dump(2) + "\n";
}

ModelConfig config_from_json(const std::string& text, const std::string& name) {
  try {
    const Json json = Json::parse(text);
    return read_config(Reader(json, name));
  } catch (const Json::exception& error) {
    throw Error(ExitCode::usage, fmt::format("{}: not a good config.json: {}", name, error.what()));
  }
}

}  // namespace btx
