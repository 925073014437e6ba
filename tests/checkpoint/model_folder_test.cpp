#include "support.hpp"
#include "tiny_model.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace btx;
using namespace btx_test;

namespace {

std::string refusal(const fs::path& folder) {
  const Caught result = caught([&] { ModelFolder{folder}; });
  CHECK(contains(result.message, folder.string()));
  return result.message;
}

/// The tiny model in two shards; `first` says what is in the first one.
template <class F>
fs::path sharded(const std::string& name, F&& first) {
  fs::path folder = write_model(scratch(name), tiny_config(), random_numbers(1));
  fs::remove(folder / "model.safetensors");
  std::vector<TensorInfo> parts[2];
  for (const auto& tensor : tensor_layout(tiny_config())) {
    parts[first(tensor.name) ? 0 : 1].push_back(tensor);
  }
  write_tensors(folder / "model-00001-of-00002.safetensors", parts[0], random_numbers(1));
  write_tensors(folder / "model-00002-of-00002.safetensors", parts[1], random_numbers(1));
  return folder;
}

bool in_first_layer(const std::string& name) {
  return contains(name, ".layers.0.");
}

}  // namespace

TEST_CASE("a checkpoint comes back tensor by tensor, in the layout's order, from every type") {
  for (const DType dtype : {DType::float32, DType::bfloat16, DType::float16}) {
    const ModelFolder folder(write_model(
        scratch("folder-round"), tiny_config(),
        [](const std::string& name, std::uint64_t i) {
          return static_cast<float>(name.size()) - 0.5F * static_cast<float>(i);
        },
        dtype));
    const auto layout = tensor_layout(tiny_config());
    REQUIRE(folder.tensors().size() == layout.size());
    for (std::size_t t = 0; t < layout.size(); ++t) {
      CHECK(folder.tensors()[t].name == layout[t].name);
      CHECK(folder.tensors()[t].dtype == dtype);
      const auto values = read_tensor(folder, layout[t].name);
      for (std::size_t i = 0; i < values.size(); ++i) {
        REQUIRE(values[i] ==
                static_cast<float>(layout[t].name.size()) - 0.5F * static_cast<float>(i));
      }
    }
    std::vector<float> part(2);
    folder.read("model.norm.weight", 1, part);
    CHECK(part[1] == 17 - 1.0F);
  }
}

TEST_CASE("shards are one checkpoint") {
  const ModelFolder whole(write_model(scratch("folder-whole"), tiny_config(), random_numbers(1)));
  const ModelFolder parts(sharded("folder-shards", in_first_layer));
  for (const auto& tensor : whole.tensors()) {
    CHECK(read_tensor(whole, tensor.name) == read_tensor(parts, tensor.name));
  }
}

TEST_CASE("a shard that is missing shows as the first tensor that is") {
  const fs::path folder = sharded("folder-missing", in_first_layer);
  fs::remove(folder / "model-00001-of-00002.safetensors");
  CHECK(contains(refusal(folder),
                 "tensor 'model.layers.0.input_layernorm.weight' is missing; is a shard missing?"));
}

TEST_CASE("a tensor in two shards is refused with both") {
  const fs::path folder = sharded("folder-twice", in_first_layer);
  fs::copy_file(folder / "model-00001-of-00002.safetensors", folder / "model-00003.safetensors");
  CHECK(contains(refusal(folder),
                 "is in model-00001-of-00002.safetensors and in model-00003.safetensors"));
}

TEST_CASE("a tensor of another shape than config.json asks for is refused with both shapes") {
  const fs::path folder = write_model(scratch("folder-shape"), tiny_config(), random_numbers(1));
  ModelConfig other = tiny_config();
  other.vocab_size = 12;
  write_file(folder / "config.json", config_to_json(other, false, 0));
  CHECK(contains(refusal(folder),
                 "tensor 'model.embed_tokens.weight' is [11, 4], config.json asks for [12, 4]"));
}

TEST_CASE("a tensor that no model of this config.json has is refused, a router's own is kept") {
  const fs::path folder = write_model(scratch("folder-extra"), tiny_config(), random_numbers(1));
  write_tensors(folder / "model-extra.safetensors", {{"model.layers.7.bias", DType::float32, {1}}},
                random_numbers(1));
  CHECK(contains(refusal(folder), "tensor 'model.layers.7.bias' does not belong"));
  write_tensors(folder / "model-extra.safetensors",
                {{router_tensor_name(1, "scale"), DType::float32, {1}}}, random_numbers(1));
  CHECK(ModelFolder(folder).tensors().back().name == router_tensor_name(1, "scale"));
}

TEST_CASE("a folder that is no checkpoint says what is missing") {
  const fs::path folder = scratch("folder-none");
  CHECK(contains(refusal(folder), "no config.json in it"));
  CHECK(contains(refusal(folder / "nowhere"), "no such model folder"));
  write_file(folder / "config.json", config_to_json(tiny_config(), false, 0));
  CHECK(contains(refusal(folder), "no model*.safetensors in it"));
  fs::create_directory(folder / "model.safetensors");
  CHECK(contains(refusal(folder), "not a regular file"));
}
