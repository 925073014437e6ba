#pragma once
// A model's tensors as safetensors files of bounded size.

#include "checkpoint/model_folder.hpp"

#include <optional>
#include <string>
#include <vector>

namespace btx {

/// The files that write_shards() made, in the order of their tensors.
struct WrittenShards {
  std::vector<std::string> files;  ///< names in the folder
  std::uint64_t bytes = 0;         ///< of tensors
};

/// Writes the tensors in their order, as `dtype` or each as it is stored, into model.safetensors,
/// or, where that would have more than `shard_bytes` of tensors, into model-00001-of-0000N and so
/// on with an index. A tensor is never cut. In a stream; the same type gives the same bits. Throws
/// btx::Error (usage) for a number that float16 cannot hold.
WrittenShards write_shards(const ModelFolder& model, std::optional<DType> dtype,
                           std::uint64_t shard_bytes, const fs::path& folder);

}  // namespace btx
