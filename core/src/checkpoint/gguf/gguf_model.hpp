#pragma once
// A GGUF model of architecture "llama" as a model: its configuration, and its tensors under Hugging
// Face's names with the rows of Q and K in Hugging Face's order.

#include "checkpoint/gguf/gguf_parts.hpp"

#include <btx/model_config.hpp>

#include <span>
#include <string>

namespace btx {

/// A model whose files are open and mapped. For one thread at a time.
class BTX_EXPORT GgufModel {
 public:
  /// Of a model in several files any may be given. Throws btx::Error: another architecture, a
  /// setting this model does not do (named), tensors that are missing, too many, or not of the
  /// shape the metadata give.
  explicit GgufModel(const fs::path& path);

  /// The file with the metadata.
  const GgufFile& file() const { return files_.first(); }
  const ModelConfig& config() const { return config_; }

  /// Row `row` of a tensor of tensor_layout() as float32; a vector is one row.
  void read_row(const std::string& name, std::int64_t row, std::span<float> out) const;

 private:
  void read_config();
  void refuse_what_is_not_done() const;
  void check_tensors() const;

  GgufParts files_;
  ModelConfig config_;
};

/// Writes every tensor as float32 into a safetensors file, a row at a time.
BTX_EXPORT void write_safetensors(const GgufModel& model, const fs::path& path);

/// "model.layers.3.self_attn.q_proj.weight" -> "blk.3.attn_q.weight".   [any]
BTX_EXPORT std::string gguf_name(const std::string& name);

}  // namespace btx
