#pragma once
// Which files of a folder are a checkpoint's tensors.

#include "base/file.hpp"

#include <map>
#include <string>
#include <vector>

namespace btx {

/// The file that says in which file each tensor lies, as Hugging Face calls it.
inline constexpr const char* kShardIndex = "model.safetensors.index.json";

/// The safetensors files of a checkpoint; they are not opened yet.
struct ShardFiles {
  std::vector<fs::path> files;                ///< in order of name
  std::map<std::string, std::string> placed;  ///< tensor -> file name, as the index says; no index:
                                              ///< empty
};

/// Where there is an index, model.safetensors, or if that is not there the files that the index
/// names; without one every model*.safetensors.
/// Throws btx::Error: none, an index that is malformed, or files of it that are not there, by name.
BTX_EXPORT ShardFiles shard_files(const fs::path& folder);

}  // namespace btx
