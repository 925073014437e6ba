#include "checkpoint/hf/hf_export.hpp"

#include "model_spec/tensor_names.hpp"
#include "support.hpp"
#include "tiny_model.hpp"

#include <doctest/doctest.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

using namespace btx;
using namespace btx_test;
using Json = nlohmann::json;

namespace {

/// Every bit pattern of a number that comes along.
void write_any_bits(const fs::path& folder, DType dtype) {
  auto tensors = tensor_layout(tiny_config());
  for (auto& tensor : tensors) tensor.dtype = dtype;
  SafetensorsWriter writer(folder / "model.safetensors", tensors, {{"format", "pt"}});
  std::uint32_t bits = 0;
  for (const auto& tensor : tensors) {
    for (std::int64_t i = 0; i < tensor.elements(); ++i) {
      std::uint32_t high = 0;
      const auto* data = reinterpret_cast<std::byte*>(dtype == DType::float32 ? &bits : &high);
      do {
        bits = bits * 1664525 + 1013904223;
        high = bits >> 16;
      } while (find_not_finite(dtype, data, 1) == 0);
      writer.append(dtype == DType::float32 ? &bits : &high, dtype_size(dtype));
    }
  }
  writer.close();
}

fs::path any_bits(const std::string& name, DType dtype) {
  fs::path folder = write_model(scratch(name), tiny_config(), random_numbers(1), dtype);
  write_any_bits(folder, dtype);
  return folder;
}

std::vector<std::byte> stored(const ModelFolder& model, const std::string& tensor) {
  std::vector<std::byte> bytes(model.find(tensor).bytes);
  model.read_bytes(tensor, 0, bytes);
  return bytes;
}

void check_same_bits(const ModelFolder& a, const ModelFolder& b) {
  for (const auto& tensor : a.tensors()) {
    CHECK(b.find(tensor.name).info.dtype == tensor.dtype);
    CHECK_MESSAGE(stored(a, tensor.name) == stored(b, tensor.name), tensor.name);
  }
}

std::string refusal(const ModelFolder& model, const HfExport& how, const fs::path& folder) {
  const Caught result = caught([&] { export_hf(model, {false, 1}, how, folder); });
  CHECK(result.code == ExitCode::usage);
  return result.message;
}

}  // namespace

TEST_CASE("the same type gives the same bits, also by way of float32") {
  const fs::path out = scratch("export-bits");
  for (const DType dtype : {DType::float32, DType::float16, DType::bfloat16}) {
    const ModelFolder model(any_bits("export-source", dtype));
    export_hf(model, {false, 1}, {}, out / dtype_name(dtype));
    check_same_bits(model, ModelFolder(out / dtype_name(dtype)));
    if (dtype == DType::float32) continue;
    const std::string wide = std::string(dtype_name(dtype)) + "-wide";
    export_hf(model, {false, 1}, {DType::float32, 1 << 30}, out / wide);
    export_hf(ModelFolder(out / wide), {false, 1}, {dtype, 1 << 30}, out / (wide + "-back"));
    check_same_bits(model, ModelFolder(out / (wide + "-back")));
  }
}

TEST_CASE("a large model comes in shards, with an index, and reads back") {
  const fs::path out = scratch("export-shards");
  const ModelFolder model(any_bits("export-whole", DType::bfloat16));
  const HfExported done = export_hf(model, {false, 1}, {std::nullopt, 100}, out / "model");
  const auto& files = done.shards.files;
  REQUIRE(files.size() > 2);
  CHECK(files.front() == fmt::format("model-00001-of-{:05}.safetensors", files.size()));
  std::uint64_t bytes = 0;
  const Json index = Json::parse(read_file(out / "model/model.safetensors.index.json"));
  for (const auto& file : files) {
    const SafetensorsFile shard(out / "model" / file);
    CHECK(shard.metadata().at("format") == "pt");
    std::uint64_t size = 0;
    for (const auto& tensor : shard.tensors()) {
      size += tensor.bytes;
      CHECK(index["weight_map"][tensor.info.name] == file);
    }
    CHECK((size <= 100 || shard.tensors().size() == 1));
    bytes += size;
  }
  CHECK(index["metadata"]["total_size"] == bytes);
  CHECK(done.shards.bytes == bytes);
  check_same_bits(model, ModelFolder(out / "model"));
  export_hf(model, {false, 1}, {std::nullopt, bytes}, out / "one");
  CHECK(fs::exists(out / "one/model.safetensors"));
  CHECK(!fs::exists(out / "one/model.safetensors.index.json"));
}

TEST_CASE("config.json is Llama's or Mixtral's alone, with the type and the tokens it had") {
  ModelConfig c = tiny_config();
  c.rope_scaling = {RopeType::llama3, 8, 1, 4, 8};
  c.special_tokens.eos = {3};
  const fs::path out = scratch("export-config");
  export_hf(ModelFolder(write_model(out / "dense", c, random_numbers(1))), {false, 1},
            {DType::bfloat16, 1 << 30}, out / "llama");
  Json json = Json::parse(read_file(out / "llama/config.json"));
  CHECK(json["architectures"] == Json::array({"LlamaForCausalLM"}));
  CHECK(json["torch_dtype"] == "bfloat16");
  CHECK(json["rope_scaling"]["rope_type"] == "llama3");
  CHECK(json["eos_token_id"] == 3);
  CHECK(json["bos_token_id"] == nullptr);
  c.mixture = {true, true};
  c.experts = {{"maths", "maths", "maths"}, {"seed", "", "seed"}};
  c.router = {"top_k", R"({"k":2})"};
  const ModelFolder mixture(write_model(out / "mixture", c, random_numbers(1)));
  const HfExported done = export_hf(mixture, {true, 2}, {}, out / "mixtral");
  CHECK(contains(done.left_out, "(maths, seed)"));
  json = Json::parse(read_file(out / "mixtral/config.json"));
  CHECK(json["architectures"] == Json::array({"MixtralForCausalLM"}));
  CHECK(!json.contains("btx"));
  CHECK(json["num_local_experts"] == 2);
  CHECK(json["num_experts_per_tok"] == 2);
  CHECK(json["torch_dtype"] == "float32");
}

TEST_CASE("the tokenizer's files go along, and one says that tokenizer.json is to be taken") {
  const fs::path out = scratch("export-tokenizer");
  const fs::path model = write_model(out / "model", tiny_config(), random_numbers(1));
  write_file(model / "generation_config.json", "{\"x\": 1}");
  write_file(model / "private.txt", "no");
  make_folder(model / "additional_chat_templates");
  write_file(model / "additional_chat_templates/tools.jinja", "{{ tools }}");
  export_hf(ModelFolder(model), {false, 1}, {}, out / "one");
  CHECK(read_file(out / "one/tokenizer.json") == "{}");
  CHECK(read_file(out / "one/generation_config.json") == "{\"x\": 1}");
  CHECK(!fs::exists(out / "one/private.txt"));
  CHECK(read_file(out / "one/additional_chat_templates/tools.jinja") == "{{ tools }}");
  const Json made = Json::parse(read_file(out / "one/tokenizer_config.json"));
  CHECK(made["tokenizer_class"] == "PreTrainedTokenizerFast");
  write_file(model / "tokenizer_config.json", "{\"mine\": true}");
  export_hf(ModelFolder(model), {false, 1}, {}, out / "two");
  CHECK(read_file(out / "two/tokenizer_config.json") == "{\"mine\": true}");
}

TEST_CASE("a folder that holds something is left alone, an empty one is taken") {
  const fs::path out = scratch("export-folder");
  const ModelFolder model(write_model(out / "model", tiny_config(), random_numbers(1)));
  write_file(out / "file", "mine");
  make_folder(out / "full");
  write_file(out / "full/notes", "mine");
  make_folder(out / "empty");
  CHECK(contains(refusal(model, {}, out / "full"), "is there and not empty"));
  CHECK(contains(refusal(model, {}, out / "file"), "is there and no folder"));
  CHECK(read_file(out / "full/notes") == "mine");
  export_hf(model, {false, 1}, {}, out / "empty/");
  CHECK(fs::exists(out / "empty/config.json"));
  export_hf(model, {false, 1}, {}, out / "new/deeper");
  CHECK(fs::exists(out / "new/deeper/config.json"));
}

TEST_CASE("what float16 cannot hold is refused with the tensor, and nothing is left behind") {
  const fs::path out = scratch("export-range");
  const ModelFolder model(
      write_model(out / "model", tiny_config(), [](const std::string& name, std::uint64_t i) {
        return name == "model.norm.weight" && i == 2 ? -65520.0F : 65519.0F;
      }));
  CHECK(contains(refusal(model, {DType::float16, 1 << 30}, out / "half"),
                 "tensor 'model.norm.weight' has -65520, which float16 cannot hold"));
  CHECK(std::distance(fs::directory_iterator(out), {}) == 1);
  export_hf(model, {false, 1}, {DType::bfloat16, 1 << 30}, out / "brain");
  CHECK(std::distance(fs::directory_iterator(out), {}) == 2);
}

TEST_CASE("what an export that was killed left is cleared away") {
  const fs::path out = scratch("export-killed");
  const ModelFolder model(write_model(out / "model", tiny_config(), random_numbers(1)));
  make_folder(out / ".made.export");
  write_file(out / ".made.export/model-00007-of-00009.safetensors", "half");
  export_hf(model, {false, 1}, {}, out / "made");
  CHECK(!fs::exists(out / "made/model-00007-of-00009.safetensors"));
  CHECK(std::distance(fs::directory_iterator(out), {}) == 2);
}

TEST_CASE("what transformers does not compute is told reason by reason") {
  ModelConfig c = tiny_config();
  const auto reasons = [&](bool mixtral_router) {
    const ModelFolder model(write_model(scratch("export-reasons"), c, random_numbers(1)));
    std::string all;
    for (const auto& reason : export_obstacles(model, {mixtral_router, 2})) all += reason + "\n";
    return all;
  };
  CHECK(reasons(false).empty());
  c.hidden_size = 5;
  CHECK(contains(reasons(false), "multiple of the heads, here 5 and 2"));
  c.experts = {{"a", "a", "a"}, {"b", "b", "b"}};
  c.mixture = {true, true};
  c.router = {"top_k", R"({"k":2})"};
  CHECK(reasons(true).empty());
  CHECK(contains(reasons(false), "router 'top_k' weighs experts in another way than Mixtral"));
  c.router.granularity = Granularity::linear;
  CHECK(contains(reasons(true), "decides once for each matrix (granularity \"linear\")"));
  c.router.granularity = Granularity::model;
  CHECK(contains(reasons(true), "decides once for each model"));
  c.router.granularity = Granularity::ffn;
  c.mixture = {false, true};
  CHECK(reasons(true) == "layers 0 are dense, Mixtral has experts in every layer\n");
}

TEST_CASE("a router's own tensors are no part of a Mixtral, and are said to be lost") {
  ModelConfig c = tiny_config();
  c.experts = {{"a", "a", "a"}, {"b", "b", "b"}};
  c.mixture = {true, true};
  c.router = {"top_k", R"({"k":2})"};
  const fs::path folder = write_model(scratch("export-router-tensors"), c, random_numbers(1));
  auto tensors = tensor_layout(c);
  const std::string bias = selection_bias_name(0, "");
  tensors.push_back({bias, DType::float32, {2}});
  write_tensors(folder / "model.safetensors", tensors, random_numbers(1));
  const auto reasons = export_obstacles(ModelFolder(folder), {true, 2});
  REQUIRE(reasons.size() == 1);
  CHECK(contains(reasons[0], "the router's own tensor '" + bias + "' would be lost"));
}
