#pragma once
// A checkpoint: a Hugging Face folder with config.json, model*.safetensors and tokenizer.json. The
// architecture is LlamaForCausalLM or MixtralForCausalLM where those compute the same logits, else
// BtxForCausalLM with a block that describes the layers, so that other tools refuse it.

#include "checkpoint/hf/hf_config.hpp"
#include "checkpoint/safetensors.hpp"

#include <map>
#include <string>
#include <vector>

namespace btx {

/// A checkpoint open for reading; the tensors are mapped, not read, and pages that were read do not
/// stay in memory. For one thread at a time.
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
  /// The tensor as float32, written to out[elements]. Elements begin at `first`. This and the next
  /// throw btx::Error naming the tensor where they come upon NaN or an infinite number.
  void read(const std::string& name, std::uint64_t first, std::span<float> out) const;
  /// out.size() bytes as they are stored, from byte `first` of the tensor on.
  void read_bytes(const std::string& name, std::uint64_t first, std::span<std::byte> out) const;

 private:
  /// Where a tensor lies.
  struct Place {
    std::size_t file = 0;  ///< index into files_
    StoredTensor tensor;
  };
  const Place& place(const std::string& name) const;
  void open_files();
  void add(std::size_t file, const StoredTensor& tensor);
  void check_index(const std::map<std::string, std::string>& placed) const;
  void tie_either_way();
  void check_tensors();
  void check_others();
  bool repeats_embedding(const StoredTensor& head) const;
  void require_finite(const StoredTensor& tensor, const std::byte* data, std::uint64_t first,
                      std::uint64_t count) const;
  void note_read(std::uint64_t bytes) const;

  fs::path path_;
  ModelConfig config_;
  std::vector<SafetensorsFile> files_;
  std::map<std::string, Place> places_;
  std::vector<TensorInfo> infos_;
  mutable std::uint64_t read_bytes_ = 0;  ///< since pages were released
};

/// float32 to and from the stored types, by element; rounding to nearest even.
BTX_EXPORT void widen(DType dtype, const std::byte* from, std::span<float> to);
BTX_EXPORT void narrow(DType dtype, std::span<const float> from, std::byte* to);

/// Which of `count` stored numbers is the first that is NaN or infinite; `count` if none is.
BTX_EXPORT std::uint64_t find_not_finite(DType dtype, const std::byte* data, std::uint64_t count);

}  // namespace btx
