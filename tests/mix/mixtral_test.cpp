// Mixtures that another program wrote, and averages of mixtures.
#include "mix/models.hpp"
#include "model_spec/router_info.hpp"
#include "stages/models/import.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace btx;
using namespace btx_test;
using Json = nlohmann::json;

namespace {

ModelConfig mixture_config() {
  ModelConfig c = tiny_config();
  c.mixture = {true, true};
  for (const char* name : {"expert0", "expert1", "expert2"}) c.experts.push_back({name, "", name});
  c.router = {"top_k", R"({"k":2})"};
  return c;
}

/// config.json as transformers writes it: without a block of btx.
void write_foreign_config(const fs::path& folder) {
  write_file(folder / "config.json",
             export_config_json(mixture_config(), {true, 2}, DType::float32));
}

fs::path foreign(const std::string& name, std::uint64_t seed = 1) {
  load_plugins_under_test();
  fs::path folder = write_model(scratch(name), mixture_config(), random_numbers(seed));
  write_foreign_config(folder);
  return folder;
}

/// The same numbers as transformers 5 keeps them in memory: a tensor for all experts.
fs::path fused(const std::string& name) {
  fs::path folder = foreign(name);
  const ModelConfig c = mixture_config();
  std::vector<TensorInfo> tensors;
  for (const auto& tensor : tensor_layout(c)) {
    if (!contains(tensor.name, "block_sparse_moe")) tensors.push_back(tensor);
  }
  for (std::int64_t layer = 0; layer < c.num_layers; ++layer) {
    const std::string at = "model.layers." + std::to_string(layer) + ".mlp.";
    tensors.push_back({at + "gate.weight", DType::float32, {3, c.hidden_size}});
    tensors.push_back(
        {at + "experts.gate_up_proj", DType::float32, {3, 2 * c.ffn_size, c.hidden_size}});
    tensors.push_back({at + "experts.down_proj", DType::float32, {3, c.hidden_size, c.ffn_size}});
  }
  const auto numbers = random_numbers(1);
  const auto size = static_cast<std::uint64_t>(c.ffn_size * c.hidden_size);
  write_tensors(folder / "model.safetensors", tensors,
                [&](const std::string& tensor, std::uint64_t i) {
                  if (!contains(tensor, ".mlp.")) return numbers(tensor, i);
                  const std::int64_t layer = tensor[13] - '0';
                  if (tensor.ends_with("gate.weight")) return numbers(tensor_names::gate(layer), i);
                  const bool down = tensor.ends_with("down_proj");
                  const auto matrix = i / size;
                  const auto expert = static_cast<std::int64_t>(down ? matrix : matrix / 2);
                  const char* part = down ? "down_proj" : matrix % 2 == 0 ? "gate_proj" : "up_proj";
                  return numbers(tensor_names::expert_ffn(layer, expert, part), i % size);
                });
  return folder;
}

void check_numbers(const ModelFolder& model) {
  const auto numbers = random_numbers(1);
  for (const auto& tensor : tensor_layout(mixture_config())) {
    const auto values = read_tensor(model, tensor.name);
    bool same = values.size() == static_cast<std::size_t>(tensor.elements());
    for (std::size_t i = 0; i < values.size(); ++i)
      same = same && values[i] == numbers(tensor.name, i);
    CHECK_MESSAGE(same, tensor.name);
  }
}

}  // namespace

TEST_CASE("a Mixtral of another program gets a router that computes it, and experts by number") {
  const ModelFolder model(foreign("mixtral"));
  const ModelConfig& c = model.config();
  REQUIRE(c.num_experts() == 3);
  CHECK(c.experts[2].name == "expert2");
  CHECK(c.experts[2].group == "expert2");
  CHECK(c.mixture == std::vector<bool>{true, true});
  CHECK(is_mixtral(c));
  CHECK(experts_per_token(c) == 2);
  check_numbers(model);
}

TEST_CASE("experts that are one tensor are read one by one") {
  const fs::path folder = fused("mixtral-fused");
  check_numbers(ModelFolder(folder));
  Json json = Json::parse(read_file(folder / "config.json"));
  json["num_local_experts"] = 4;
  write_file(folder / "config.json", json.dump());
  CHECK(contains(error_of([&] { const ModelFolder model(folder); }),
                 "tensor 'model.layers.0.mlp.experts.gate_up_proj' is [3, 6, 4], config.json asks "
                 "for [4, 6, 4]"));
}

TEST_CASE("an imported mixture keeps its numbers and says what it is") {
  StageContext context;
  const fs::path model = fused("mixtral-import");
  context.name = "import";
  context.places["model"] = model.string();
  context.inputs.emplace_back("tokenizer", model);
  context.output = scratch("mixtral-imported");
  CHECK(contains(error_of([&] { run(ImportWork{}, context); }), "came since the run was planned"));
  for (const auto& file : import_files(model)) context.digests[file.string()] = "";
  run(ImportWork{}, context);
  const ModelFolder imported(context.output);
  check_numbers(imported);
  const Json json = Json::parse(read_file(context.output / "config.json"));
  CHECK(json["architectures"] == Json::array({"MixtralForCausalLM"}));
  CHECK(json["num_experts_per_tok"] == 2);
  CHECK(imported.config().experts[0].name == "expert0");
}

TEST_CASE("mixtures of the same experts are averaged with their gates, other merges refuse them") {
  load_plugins_under_test();
  const Models models("mixtures", mixture_config(), {random_numbers(1), random_numbers(2)});
  const MixPlan average = plan("btm_average", models);
  CHECK(average.config.num_experts() == 3);
  CHECK(average.config.router.type == "top_k");
  const auto file = execute(average, models, "mixtures");
  for (const std::string& name :
       {tensor_names::gate(1), tensor_names::expert_ffn(0, 2, "up_proj")}) {
    const auto mean = read_tensor(file, name);
    const auto a = read_tensor(models.folders[0], name), b = read_tensor(models.folders[1], name);
    for (std::size_t i = 0; i < mean.size(); ++i) {
      REQUIRE(mean[i] == static_cast<float>(0.5 * a[i] + 0.5 * b[i]));
    }
  }
  const Caught refused = caught([&] { plan("btx", models); });
  CHECK(refused.code == ExitCode::usage);
  CHECK(contains(refused.message, "dense models are merged, but 'a' is a mixture of 3 experts"));
}

TEST_CASE("mixtures of other experts or routers are not averaged") {
  load_plugins_under_test();
  Models models("mixtures-differ", mixture_config(), {random_numbers(1), random_numbers(2)});
  const auto refused = [&](auto&& change) {
    auto inputs = models.inputs;
    change(inputs[1].config);
    return error_of([&] { btx_test::merge_inputs(inputs, top_k_router()); });
  };
  CHECK(refused([](ModelConfig&) {}).empty());
  CHECK(contains(refused([](ModelConfig& c) { c.experts[1].name = "x"; }),
                 "experts is expert0, expert1, expert2 in layers 0, 1 in 'a' and expert0, x"));
  CHECK(contains(refused([](ModelConfig& c) { c.mixture[0] = false; }), "in layers 1 in 'b'"));
  CHECK(contains(refused([](ModelConfig& c) { c.router.params = R"({"k":1})"; }), "router is"));
  CHECK(contains(refused([](ModelConfig& c) {
                   c.rope_scaling = {RopeType::linear, 2};
                 }),
                 "rope scaling is none in 'a' and linear with factor 2 in 'b'"));
}
