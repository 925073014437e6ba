#include "checkpoint/model_folder.hpp"
#include "support.hpp"
#include "tiny_model.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

using namespace btx;
using namespace btx_test;
using Json = nlohmann::json;

namespace {

ModelConfig mixture_config() {
  ModelConfig c = tiny_config();
  c.mixture = {true, true};
  c.experts = {{"maths", "maths", "maths"}, {"seed", "", "seed"}};
  c.router = {"top_k", R"({"k":2})"};
  return c;
}

Json sound() {
  return Json::parse(config_to_json(tiny_config(), {false, 1}));
}

/// The message for a config.json in which one key has another value (null: taken out).
std::string refusal(const char* key, const Json& value) {
  Json json = sound();
  if (value.is_null()) {
    json.erase(key);
  } else {
    json[key] = value;
  }
  const Caught result = caught([&] { config_from_json(json.dump(), "some/config.json"); });
  if (result.message.empty()) return "";
  CHECK(result.code == ExitCode::usage);
  CHECK(result.message.starts_with("some/config.json: "));
  return result.message;
}

}  // namespace

TEST_CASE("a dense model's shape survives config.json, and it is called Llama") {
  ModelConfig c = tiny_config();
  c.rope_theta = 500000;
  c.rms_norm_eps = 1e-6;
  c.tie_embeddings = false;
  const std::string text = config_to_json(c, {false, 1});
  CHECK(Json::parse(text).at("architectures").at(0) == "LlamaForCausalLM");
  const ModelConfig r = config_from_json(text, "c");
  CHECK(r.vocab_size == c.vocab_size);
  CHECK(r.hidden_size == c.hidden_size);
  CHECK(r.num_layers == c.num_layers);
  CHECK(r.num_heads == c.num_heads);
  CHECK(r.num_kv_heads == c.num_kv_heads);
  CHECK(r.head_dim == c.head_dim);
  CHECK(r.ffn_size == c.ffn_size);
  CHECK(r.context == c.context);
  CHECK(r.rope_theta == c.rope_theta);
  CHECK(r.rms_norm_eps == c.rms_norm_eps);
  CHECK(!r.tie_embeddings);
  CHECK(r.num_experts() == 0);
}

TEST_CASE("a mixture keeps its experts and router, and is called Mixtral only where it is one") {
  ModelConfig c = mixture_config();
  const auto architecture = [](const ModelConfig& config, bool mixtral) {
    return Json::parse(config_to_json(config, {mixtral, 2}))
        .at("architectures")
        .at(0)
        .get<std::string>();
  };
  CHECK(architecture(c, true) == "MixtralForCausalLM");
  CHECK(architecture(c, false) == "BtxForCausalLM");
  const ModelConfig r = config_from_json(config_to_json(c, {true, 2}), "c");
  CHECK(r.mixture == c.mixture);
  REQUIRE(r.num_experts() == 2);
  CHECK(r.experts[0].domain == "maths");
  CHECK(r.experts[1].group == "seed");
  CHECK(r.router.type == "top_k");
  CHECK(Json::parse(r.router.params) == Json::parse(c.router.params));
  c.router.by_layer = {{{1}, "switch", R"({"capacity_factor":2})"}};
  const ModelConfig own = config_from_json(config_to_json(c, {false, 2}), "c");
  REQUIRE(own.router.by_layer.size() == 1);
  CHECK(own.router.by_layer[0].layers == std::vector<std::int64_t>{1});
  CHECK(own.router.by_layer[0].type == "switch");
  CHECK(Json::parse(own.router.by_layer[0].params) == Json::parse(c.router.by_layer[0].params));
  c.mixture = {true, false};
  CHECK(architecture(c, true) == "BtxForCausalLM");
}

TEST_CASE("what a config.json asks for and is not done is refused by name") {
  CHECK(contains(refusal("hidden_act", "gelu"),
                 "'hidden_act' is \"gelu\"; this model does only \"silu\""));
  CHECK(contains(refusal("attention_bias", true), "'attention_bias' is true"));
  CHECK(contains(refusal("mlp_bias", true), "'mlp_bias' is true"));
  CHECK(contains(refusal("attention_dropout", 0.1), "'attention_dropout' is 0.1"));
  CHECK(contains(refusal("router_jitter_noise", 0.1), "'router_jitter_noise' is 0.1"));
  CHECK(contains(refusal("partial_rotary_factor", 0.5), "'partial_rotary_factor' is 0.5"));
  CHECK(contains(refusal("quantization_config", {{"bits", 4}}), "'quantization_config'"));
  CHECK(contains(refusal("layer_types", {"full_attention", "sliding_attention"}),
                 "'layer_types' has 'sliding_attention'"));
  for (const char* key : {"rope_scaling", "rope_parameters"}) {
    for (const char* type : {"yarn", "dynamic", "longrope", "mrope"}) {
      CHECK(contains(refusal(key, {{"rope_type", type}, {"factor", 2}}),
                     std::string("rope type '") + type + "' is not supported; known: default"));
    }
    CHECK(contains(refusal(key, {{"rope_type", "linear"}}), "factor' is missing"));
    CHECK(contains(refusal(key, {{"rope_type", "linear"}, {"factor", "2"}}), "wrong type: \"2\""));
    CHECK(contains(refusal(key, {{"rope_type", "linear"}, {"factor", 0.5}}), "factor must be 1"));
    CHECK(
        contains(refusal(key, {{"partial_rotary_factor", 0.5}}), "partial_rotary_factor' is 0.5"));
    CHECK(contains(refusal(key, {{"full_attention", {{"rope_type", "default"}}}}),
                   std::string("'") + key + ".full_attention' gives a kind of layer"));
    CHECK(contains(refusal(key, 5), std::string("'") + key + "' has the wrong type: 5"));
  }
  CHECK(contains(refusal("rope_theta", 0), "rope_theta must be above 0"));
  CHECK(contains(refusal("sliding_window", 7), "'sliding_window' is shorter than the context"));
  CHECK(contains(refusal("architectures", Json::array({"GPT2LMHeadModel"})),
                 "architecture 'GPT2LMHeadModel' is not supported; known: LlamaForCausalLM"));
  CHECK(contains(refusal("architectures", Json::array()), "architecture ''"));
  CHECK(contains(refusal("architectures", Json::array({"BtxForCausalLM"})), "needs a 'btx' block"));
}

TEST_CASE("without a router plugin that does it, a Mixtral of another program is refused") {
  Json json = sound();
  json["architectures"] = {"MixtralForCausalLM"};
  const Caught result = caught([&] { config_from_json(json.dump(), "some/config.json"); });
  CHECK(result.code == ExitCode::plugin);
  CHECK(contains(result.message, "some/config.json: a mixture without a 'btx' block"));
  for (const auto& [experts, kept] : {std::pair{0, 1}, {4, 5}, {1 << 30, 2}, {4, 0}, {4, -1}}) {
    json["num_local_experts"] = experts;
    json["num_experts_per_tok"] = kept;
    CHECK(contains(error_of([&] { config_from_json(json.dump(), "c"); }),
                   "'num_experts_per_tok' " + std::to_string(kept)));
  }
}

TEST_CASE("rope scaling is read as transformers 4 and 5 write it, and written for both") {
  const auto read = [](const char* key, const Json& value, const Json& theta = 70000.0) {
    Json json = sound();
    json["rope_theta"] = theta;
    json[key] = value;
    return config_from_json(json.dump(), "c");
  };
  const RopeScaling linear = read("rope_scaling", {{"type", "linear"}, {"factor", 2}}).rope_scaling;
  CHECK(linear.type == RopeType::linear);
  CHECK(linear.factor == 2.0);
  const Json llama3 = {{"rope_type", "llama3"},  {"factor", 8.0},
                       {"low_freq_factor", 1.0}, {"high_freq_factor", 4.0},
                       {"rope_theta", 500000.0}, {"original_max_position_embeddings", 8192}};
  for (const char* key : {"rope_scaling", "rope_parameters"}) {
    const ModelConfig c = read(key, llama3);
    CHECK(c.rope_theta == 500000);
    CHECK(c.rope_scaling == RopeScaling{RopeType::llama3, 8, 1, 4, 8192});
    const std::string text = config_to_json(c, {false, 1});
    CHECK(Json::parse(text).at("rope_scaling").at("rope_type") == "llama3");
    const ModelConfig again = config_from_json(text, "c");
    CHECK(again.rope_scaling == c.rope_scaling);
    CHECK(again.rope_theta == 500000);
  }
  // Where nothing says what the model was pretrained on, transformers takes the context.
  Json silent = llama3;
  silent.erase("original_max_position_embeddings");
  CHECK(read("rope_parameters", silent).rope_scaling.original_max_position_embeddings == 8);
  CHECK(read("rope_parameters", {{"rope_type", "default"}}).rope_theta == 70000);
  CHECK(read("rope_scaling", nullptr).rope_scaling == RopeScaling{});
}

TEST_CASE("a config that asks for nothing new is written as before") {
  const Json json = sound();
  for (const char* key : {"rope_scaling", "rope_parameters", "bos_token_id", "eos_token_id"}) {
    CHECK(!json.contains(key));
  }
}

TEST_CASE("a Mistral is a Llama, with what transformers takes where its config says nothing") {
  Json json = sound();
  json["architectures"] = {"MistralForCausalLM"};
  json["sliding_window"] = nullptr;
  CHECK(config_from_json(json.dump(), "c").num_experts() == 0);
  json["sliding_window"] = 8;
  CHECK(config_from_json(json.dump(), "c").context == 8);
  json["sliding_window"] = 7;
  CHECK(contains(error_of([&] { config_from_json(json.dump(), "c"); }),
                 "'sliding_window' is shorter than the context: 7 of 8 tokens"));
  json.erase("sliding_window");  // 4096
  CHECK(config_from_json(json.dump(), "c").context == 8);
  json["max_position_embeddings"] = 4097;
  CHECK(contains(error_of([&] { config_from_json(json.dump(), "c"); }),
                 "4096 of 4097 tokens, as nothing else is said"));
  json.erase("max_position_embeddings");
  json["sliding_window"] = nullptr;
  CHECK(config_from_json(json.dump(), "c").context == 131072);
  json["num_attention_heads"] = 16;
  json["num_key_value_heads"] = nullptr;
  CHECK(config_from_json(json.dump(), "c").num_kv_heads == 16);
  json.erase("num_key_value_heads");
  CHECK(config_from_json(json.dump(), "c").num_kv_heads == 8);
}

TEST_CASE("ids of special tokens come through, one or several") {
  Json json = sound();
  json["bos_token_id"] = 1;
  json["eos_token_id"] = {2, 3};
  json["pad_token_id"] = nullptr;
  const ModelConfig c = config_from_json(json.dump(), "c");
  const Json again = Json::parse(config_to_json(c, {false, 1}));
  CHECK(again.at("bos_token_id") == 1);
  CHECK(again.at("eos_token_id") == Json::array({2, 3}));
  CHECK(!again.contains("pad_token_id"));
  CHECK(contains(refusal("eos_token_id", "two"), "'eos_token_id' has the wrong type"));
}

TEST_CASE("nesting that would exhaust a parser is refused") {
  const std::string deep = "{\"hidden_act\": " + std::string(1'000'000, '[');
  CHECK(contains(error_of([&] { config_from_json(deep, "c"); }), "nested too deep"));
}

TEST_CASE("what a config.json says by the way is not an obstacle") {
  CHECK(refusal("rope_parameters", {{"rope_type", "default"}, {"rope_theta", 5e5}}).empty());
  CHECK(refusal("sliding_window", 8).empty());
  CHECK(refusal("hidden_act", "silu").empty());
  CHECK(refusal("some_new_key", 5).empty());
  CHECK(refusal("head_dim", nullptr).empty());  // hidden_size / num_attention_heads
}

TEST_CASE("a key that is missing, of the wrong type or out of range is refused by name") {
  for (const char* key : {"vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads",
                          "intermediate_size", "architectures"}) {
    CHECK(contains(refusal(key, nullptr), std::string("'") + key + "' is missing"));
    CHECK(contains(refusal(key, "many"), std::string("'") + key + "' has the wrong type"));
  }
  for (const char* key :
       {"vocab_size", "hidden_size", "num_hidden_layers", "num_key_value_heads"}) {
    CHECK(contains(refusal(key, 2.5), std::string("'") + key + "' has the wrong type: 2.5"));
    CHECK(contains(refusal(key, true), std::string("'") + key + "' has the wrong type: true"));
  }
  for (const char* key :
       {"vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads",
        "num_key_value_heads", "head_dim", "intermediate_size", "max_position_embeddings"}) {
    CHECK(!refusal(key, 0).empty());
    CHECK(!refusal(key, -4).empty());
    CHECK(!refusal(key, std::int64_t{1} << 62).empty());
  }
  CHECK(contains(refusal("num_key_value_heads", 3), "must divide"));
  CHECK(contains(refusal("head_dim", 3), "must be even"));
}

TEST_CASE("a text that is not JSON, or no object, is refused by name") {
  for (const char* text : {"", "{", "[]", "5", "\xff", "null"}) {
    CHECK(error_of([&] {
            config_from_json(text, "some/config.json");
          }).starts_with("some/config.json: "));
  }
}

TEST_CASE("what is not JSON is refused in few words, however long it is") {
  const std::string long_text(50'000, 'x');
  for (const std::string& text : {"{\"model_type\": \"" + long_text + "\\q\"}",
                                  "{\"a\": " + std::string(50'000, '9') + "}"}) {
    const std::string said = error_of([&] { config_from_json(text, "config.json"); });
    CHECK(said.starts_with("config.json: not a good config.json: "));
    CHECK(said.size() < 300);
  }
}

TEST_CASE("a value that is refused is shown, a long one in part") {
  CHECK(contains(refusal("hidden_size", "\u00e9"), "'hidden_size' has the wrong type: \"\u00e9\""));
  const Json many = Json::array({std::string(50'000, 'x')});
  for (const char* key : {"hidden_size", "rope_scaling", "hidden_act"}) {
    CHECK(contains(refusal(key, many), fmt::format("'{}'", key)));
    CHECK(refusal(key, many).size() < 400);
  }
}

TEST_CASE("a btx block that does not fit is refused") {
  const Json good = Json::parse(config_to_json(mixture_config(), {false, 2}));
  const auto with = [&](const char* key, const Json& value) {
    Json json = good;
    json["btx"][key] = value;
    return error_of([&] { config_from_json(json.dump(), "c"); });
  };
  CHECK(with("version", 1).empty());
  CHECK(contains(with("version", 2), "its btx block has version 2, this program reads 1"));
  CHECK(contains(with("mixture", Json::array({true})), "1 mixture flags for 2 layers"));
  CHECK(contains(with("experts", Json::array()), "mixture layers need experts"));
  CHECK(!with("experts", 5).empty());
  CHECK(!with("router", "top_k").empty());
}
