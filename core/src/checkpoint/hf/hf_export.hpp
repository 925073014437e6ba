#pragma once
// A checkpoint as the folder that transformers, and what reads its format, loads.

#include "checkpoint/hf/hf_shards.hpp"
#include "checkpoint/hf/mixtral_router.hpp"
#include "checkpoint/model_folder.hpp"

#include <optional>
#include <string>
#include <vector>

namespace btx {

/// How a model is written.
struct HfExport {
  std::optional<DType> dtype;                 ///< of every tensor; nothing: each as it is stored
  std::uint64_t shard_bytes = 5'000'000'000;  ///< of tensors in a file, unless one alone is larger
};

/// What an export came to.
struct HfExported {
  std::string architecture;
  WrittenShards shards;
  std::string left_out;  ///< what the format has no place for and no logit needs
};

/// Why transformers computes no such model, a sentence for each reason that names the router, the
/// granularity, the layers or the tensors; empty if it computes the same logits as LlamaForCausalLM
/// or MixtralForCausalLM. `form` is that of its router.   [any]
BTX_EXPORT std::vector<std::string> export_obstacles(const ModelFolder& model,
                                                     const MixtralForm& form);

/// Writes config.json, the tensors in files of at most `shard_bytes` with an index if there are
/// several, and the tokenizer's files that lie with the model. Everything is written beside
/// `folder`, which must not be there or be empty, and renamed, so that it is whole or absent.
/// `form` is that of its router. In a stream; the same type gives the same bits.
/// Throws btx::Error (usage): obstacles, a folder that holds something, a number that float16
/// cannot hold; and for what cannot be read or written.   [main]
BTX_EXPORT HfExported export_hf(const ModelFolder& model, const MixtralForm& form,
                                const HfExport& how, const fs::path& folder);

}  // namespace btx
