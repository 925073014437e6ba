#pragma once
// Checkpoints of very small models, with numbers that a test can compute again.

#include "checkpoint/hf/hf_config.hpp"
#include "checkpoint/model_folder.hpp"
#include "model_spec/layout.hpp"

#include <btx/random.hpp>

#include <functional>
#include <string>
#include <vector>

namespace btx_test {

/// Two dense layers, D = 4.
inline btx::ModelConfig tiny_config() {
  btx::ModelConfig c;
  c.vocab_size = 11;
  c.hidden_size = 4;
  c.num_layers = 2;
  c.num_heads = 2;
  c.num_kv_heads = 1;
  c.head_dim = 2;
  c.ffn_size = 3;
  c.context = 8;
  c.tie_embeddings = true;
  return c;
}

/// Element `index` of a tensor.
using Numbers = std::function<float(const std::string& tensor, std::uint64_t index)>;

/// Normal numbers; another seed gives others.
inline Numbers random_numbers(std::uint64_t seed) {
  return [seed](const std::string& tensor, std::uint64_t index) {
    return btx::random_normal(btx::random_key(seed, tensor), index);
  };
}

/// A safetensors file of these tensors.
inline void write_tensors(const btx::fs::path& file, const std::vector<btx::TensorInfo>& tensors,
                          const Numbers& numbers) {
  btx::SafetensorsWriter writer(file, tensors, {{"format", "pt"}});
  for (const auto& tensor : tensors) {
    std::vector<float> values(static_cast<std::size_t>(tensor.elements()));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = numbers(tensor.name, i);
    std::vector<std::byte> bytes(values.size() * btx::dtype_size(tensor.dtype));
    btx::narrow(tensor.dtype, values, bytes.data());
    writer.append(bytes.data(), bytes.size());
  }
  writer.close();
}

/// config.json, model.safetensors and something in the place of a tokenizer.json.
inline btx::fs::path write_model(const btx::fs::path& folder, const btx::ModelConfig& config,
                                 const Numbers& numbers, btx::DType dtype = btx::DType::float32) {
  btx::make_folder(folder);
  auto tensors = btx::tensor_layout(config);
  for (auto& tensor : tensors) tensor.dtype = dtype;
  write_tensors(folder / "model.safetensors", tensors, numbers);
  btx::write_file(folder / "config.json", btx::config_to_json(config, {false, 1}));
  btx::write_file(folder / "tokenizer.json", "{}");
  return folder;
}

/// A tensor as float32.
inline std::vector<float> read_tensor(const btx::SafetensorsFile& file, const std::string& name) {
  for (const auto& tensor : file.tensors()) {
    if (tensor.info.name != name) continue;
    std::vector<float> values(static_cast<std::size_t>(tensor.info.elements()));
    btx::widen(tensor.info.dtype, file.data(tensor), values);
    return values;
  }
  throw btx::Error(file.path().string() + " has no tensor " + name);
}

inline std::vector<float> read_tensor(const btx::ModelFolder& folder, const std::string& name) {
  std::vector<float> values(static_cast<std::size_t>(folder.find(name).info.elements()));
  folder.read(name, 0, values);
  return values;
}

}  // namespace btx_test
