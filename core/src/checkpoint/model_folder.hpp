#pragma once
// A checkpoint: a Hugging Face folder with config.json, model*.safetensors and tokenizer.json. The
// architecture is LlamaForCausalLM or MixtralForCausalLM where those compute the same logits, else
// BtxForCausalLM with a block that describes the layers, so that other tools refuse it.

#include "checkpoint/safetensors.hpp"

#include <btx/model_config.hpp>

#include <memory>
#include <string>
#include <vector>

namespace btx {

/// config.json for this model. `mixtral`: the router is one that Mixtral computes with
/// `experts_per_token` experts (RouterTraits).
BTX_EXPORT std::string config_to_json(const ModelConfig& config, bool mixtral,
                                      std::int64_t experts_per_token);
/// Reads a config.json. What it asks for and this model does not do (another activation, biases, a
/// sliding window, rope scaling, ...) is an error that names it. Throws btx::Error with the file.
BTX_EXPORT ModelConfig config_from_json(const std::string& text, const std::string& name);

/// A checkpoint open for reading; the tensors are mapped, not read.
class BTX_EXPORT ModelFolder {
 public:
  /// Throws btx::Error: missing files or shards, a config that is not supported, tensors that are
  /// missing, twice, or not of the shape the config gives.
  explicit ModelFolder(const fs::path& folder);

  const fs::path& path() const { return path_; }
  const ModelConfig& config() const { return config_; }
  /// Every tensor, in the order of tensor_layout(); the router's own after them.
  const std::vector<TensorInfo>& tensors() const { return infos_; }
  const StoredTensor& find(const std::string& name) const;
  const std::byte* data(const std::string& name) const;
  /// The tensor as float32, written to out[elements]. Elements begin at `first`.
  void read(const std::string& name, std::uint64_t first, std::span<float> out) const;

 private:
  struct Place {
    std::size_t file;
    std::size_t tensor;
  };
  void open_files();
  void check_tensors();

  fs::path path_;
  ModelConfig config_;
  std::vector<SafetensorsFile> files_;
  std::map<std::string, Place> places_;
  std::vector<TensorInfo> infos_;
};

/// float32 to and from the stored types, by element; rounding to nearest even.
BTX_EXPORT void widen(DType dtype, const std::byte* from, std::span<float> to);
BTX_EXPORT void narrow(DType dtype, std::span<const float> from, std::byte* to);

}  // namespace btx
