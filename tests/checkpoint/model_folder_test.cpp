#include "base/hash.hpp"
#include "checkpoint/allocation_watch.hpp"
#include "model_spec/tensor_names.hpp"
#include "support.hpp"
#include "tiny_model.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

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

namespace {

/// An index that places every tensor of the two shards; `change` may do so to it.
template <class F>
fs::path indexed(const std::string& name, F&& change) {
  fs::path folder = sharded(name, in_first_layer);
  nlohmann::json placed;
  for (const auto& tensor : tensor_layout(tiny_config())) {
    placed[tensor.name] = in_first_layer(tensor.name) ? "model-00001-of-00002.safetensors"
                                                      : "model-00002-of-00002.safetensors";
  }
  nlohmann::json index = {{"metadata", {{"total_size", 1}}}, {"weight_map", placed}};
  change(index);
  write_file(folder / "model.safetensors.index.json", index.dump());
  return folder;
}

}  // namespace

TEST_CASE("with an index, its files are the checkpoint") {
  const fs::path folder = indexed("folder-index", [](auto&) {});
  write_tensors(folder / "model-old.safetensors", {{"model.norm.weight", DType::float32, {4}}},
                random_numbers(9));
  CHECK(ModelFolder(folder).tensors().size() == tensor_layout(tiny_config()).size());
}

TEST_CASE("a model may be links to blobs, as the cache of Hugging Face keeps it") {
  const fs::path plain = indexed("folder-index", [](auto&) {});
  const fs::path hub = scratch("folder-hub");
  const fs::path snapshot = hub / "snapshots" / "0123abcd";
  for (const auto& folder : {hub / "blobs", snapshot}) make_folder(folder);
  for (const auto& item : fs::directory_iterator(plain)) {
    const std::string blob = digest_file(item.path());
    fs::copy_file(item.path(), hub / "blobs" / blob);
    fs::create_symlink(fs::path("../../blobs") / blob, snapshot / item.path().filename());
  }
  const ModelFolder linked(snapshot);
  const ModelFolder model(plain);
  REQUIRE(linked.tensors().size() == model.tensors().size());
  for (const auto& tensor : model.tensors()) {
    CHECK(read_tensor(linked, tensor.name) == read_tensor(model, tensor.name));
  }
}

TEST_CASE("shards of an index that are missing, wrong or elsewhere are refused by name") {
  const fs::path gone = indexed("folder-index-gone", [](auto&) {});
  fs::remove(gone / "model-00002-of-00002.safetensors");
  CHECK(contains(refusal(gone),
                 "1 of the 2 files that model.safetensors.index.json names are "
                 "missing: model-00002-of-00002.safetensors"));
  const auto wrong = [](auto&& change) { return refusal(indexed("folder-index-wrong", change)); };
  CHECK(
      contains(wrong([](auto& index) {
                 index["weight_map"]["model.norm.weight"] = "model-00001-of-00002.safetensors";
               }),
               "places tensor 'model.norm.weight' in model-00001-of-00002.safetensors, which does "
               "not have it"));
  CHECK(contains(wrong([](auto& index) {
                   index["weight_map"]["no.such"] = "model-00001-of-00002.safetensors";
                 }),
                 "places tensor 'no.such'"));
  for (const char* place : {"../model.safetensors", "/etc/passwd", "model.bin", ""}) {
    CHECK(contains(wrong([&](auto& index) { index["weight_map"]["model.norm.weight"] = place; }),
                   "is not a name of a .safetensors file"));
  }
  CHECK(contains(wrong([](auto& index) { index["weight_map"]["model.norm.weight"] = 5; }),
                 "not a good index of shards"));
  CHECK(contains(wrong([](auto& index) { index.erase("weight_map"); }), "weight_map"));
  write_file(gone / "model.safetensors.index.json", "{\"" + std::string(50'000, 'x') + "\\q\"");
  CHECK(contains(refusal(gone), "not a good index of shards: parse error"));
  CHECK(refusal(gone).size() < 400);
  CHECK(contains(wrong([](auto& index) { index["weight_map"] = nlohmann::json::object(); }),
                 "it places no tensor"));
  write_file(gone / "model.safetensors.index.json", std::string(100'000, '['));
  CHECK(contains(refusal(gone), "it is nested too deep"));
}

TEST_CASE("a model in one file counts, whatever index lies beside it") {
  const fs::path folder = write_model(scratch("folder-stale"), tiny_config(), random_numbers(1));
  const auto wanted = read_tensor(ModelFolder(folder), "model.norm.weight");
  for (const char* index :
       {R"({"weight_map": {"model.norm.weight": "model-00001-of-00009.safetensors"}})",
        "not an index"}) {
    write_file(folder / "model.safetensors.index.json", index);
    CHECK(read_tensor(ModelFolder(folder), "model.norm.weight") == wanted);
  }
}

TEST_CASE("tied embeddings may be kept under the head's name") {
  const auto numbers = random_numbers(1);
  const fs::path folder = write_model(scratch("folder-tied-head"), tiny_config(), numbers);
  const auto wanted = read_tensor(ModelFolder(folder), "model.embed_tokens.weight");
  auto tensors = tensor_layout(tiny_config());
  tensors.front().name = "lm_head.weight";
  write_tensors(folder / "model.safetensors", tensors,
                [&](const std::string& name, std::uint64_t i) {
                  return numbers(name == "lm_head.weight" ? "model.embed_tokens.weight" : name, i);
                });
  const ModelFolder model(folder);
  CHECK(read_tensor(model, "model.embed_tokens.weight") == wanted);
  CHECK(model.tensors().front().name == "model.embed_tokens.weight");
  CHECK(model.tensors().size() == tensors.size());
}

TEST_CASE("a number that is none is named with its tensor, wherever it is read") {
  for (const DType dtype : {DType::float32, DType::bfloat16, DType::float16}) {
    for (const float bad : {NAN, INFINITY, -INFINITY}) {
      const auto numbers = random_numbers(1);
      const std::string name = "model.layers.1.mlp.down_proj.weight";
      const ModelFolder model(write_model(
          scratch("folder-nan"), tiny_config(),
          [&](const std::string& tensor, std::uint64_t i) {
            return tensor == name && i == 5 ? bad : numbers(tensor, i);
          },
          dtype));
      const std::string what =
          "tensor '" + name + "' has NaN or an infinite number (number 6 of 12)";
      CHECK(contains(caught([&] { read_tensor(model, name); }).message, what));
      std::vector<std::byte> bytes(model.find(name).bytes);
      CHECK(contains(caught([&] { model.read_bytes(name, 0, bytes); }).message, what));
      bytes.resize(5 * dtype_size(dtype));
      model.read_bytes(name, 0, bytes);  // what comes before it
      std::vector<float> rest(6);
      model.read(name, 6, rest);  // what comes behind
      read_tensor(model, "model.layers.0.mlp.down_proj.weight");
    }
  }
}

TEST_CASE("buffers that older programs wrote are passed over") {
  const fs::path folder = write_model(scratch("folder-buffers"), tiny_config(), random_numbers(1));
  const std::string buffer = "model.layers.1.self_attn.rotary_emb.inv_freq";
  write_tensors(folder / "model-more.safetensors", {{buffer, DType::float32, {1}}},
                random_numbers(1));
  CHECK(ModelFolder(folder).tensors().size() == tensor_layout(tiny_config()).size());
}

TEST_CASE("a head beside tied embeddings must be the embedding") {
  const fs::path folder = write_model(scratch("folder-tied"), tiny_config(), random_numbers(1));
  const auto head = [&](std::uint64_t seed) {
    const auto numbers = random_numbers(seed);
    write_tensors(folder / "model-head.safetensors", {{"lm_head.weight", DType::float32, {11, 4}}},
                  [&](const std::string&, std::uint64_t i) {
                    return numbers("model.embed_tokens.weight", i);
                  });
  };
  head(1);
  CHECK(ModelFolder(folder).tensors().size() == tensor_layout(tiny_config()).size());
  head(2);
  CHECK(contains(refusal(folder), "'lm_head.weight' is there and is not 'model.embed_tokens."));
}

TEST_CASE("a config that asks for more tensors than any file could hold is refused at once") {
  const fs::path folder = write_model(scratch("folder-many"), tiny_config(), random_numbers(1));
  ModelConfig c = tiny_config();
  c.num_layers = 4096;
  write_file(folder / "config.json", config_to_json(c, {false, 1}));
  largest_allocation();
  CHECK(contains(refusal(folder), "config.json asks for 36867 tensors, there are 20"));
  CHECK(largest_allocation() < 2'000'000);
}

TEST_CASE("bytes come as they are stored, from anywhere in a tensor") {
  const ModelFolder folder(
      write_model(scratch("folder-bytes"), tiny_config(), random_numbers(1), DType::bfloat16));
  std::vector<float> value(1);
  std::vector<std::byte> stored(2), wanted(2);
  for (const std::uint64_t at : {std::uint64_t{0}, std::uint64_t{3}}) {
    folder.read("model.norm.weight", at, value);
    narrow(DType::bfloat16, value, wanted.data());
    folder.read_bytes("model.norm.weight", 2 * at, stored);
    CHECK(stored == wanted);
  }
}

TEST_CASE("what was read of a large checkpoint does not stay in memory") {
  ModelConfig c = tiny_config();
  c.vocab_size = 1 << 24;  // an embedding of 256 MiB, a hole on the disk
  const fs::path folder = write_model(scratch("folder-large"), tiny_config(), random_numbers(1));
  write_file(folder / "config.json", config_to_json(c, {false, 1}));
  nlohmann::json header;
  std::uint64_t at = 0;
  for (const auto& tensor : tensor_layout(c)) {
    const std::uint64_t end = at + 4 * static_cast<std::uint64_t>(tensor.elements());
    header[tensor.name] = {{"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {at, end}}};
    at = end;
  }
  const std::string text = header.dump();
  const std::uint64_t size = text.size();
  write_file(folder / "model.safetensors",
             std::string(reinterpret_cast<const char*>(&size), 8) + text);
  fs::resize_file(folder / "model.safetensors", 8 + size + at);
  const ModelFolder model(folder);
  std::vector<float> part(1 << 18);
  const std::size_t before = resident_bytes();
  std::size_t most = 0;
  for (std::uint64_t first = 0; first < (std::uint64_t{1} << 26); first += part.size()) {
    model.read("model.embed_tokens.weight", first, part);
    most = std::max(most, resident_bytes());
  }
  CHECK(most < before + (64 << 20));
  CHECK(most > 0);
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
  write_file(folder / "config.json", config_to_json(other, {false, 1}));
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

TEST_CASE("a folder that is not a checkpoint says what is missing") {
  const fs::path folder = scratch("folder-none");
  CHECK(contains(refusal(folder), "no config.json in it"));
  CHECK(contains(refusal(folder / "nowhere"), "no such model folder"));
  write_file(folder / "config.json", config_to_json(tiny_config(), {false, 1}));
  CHECK(contains(refusal(folder), "no model*.safetensors in it"));
  fs::create_directory(folder / "model.safetensors");
  CHECK(contains(refusal(folder), "not a regular file"));
}
