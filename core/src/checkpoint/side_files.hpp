#pragma once
// What lies in a model folder beside weights, config.json and tokenizer.json, for programs that
// use the model. It goes along with the model.

#include "base/file.hpp"

#include <vector>

namespace btx {

/// tokenizer_config.json, special_tokens_map.json, chat templates and the folder of others,
/// generation_config.json, ...: those that are there, as paths within the folder, sorted.   [any]
BTX_EXPORT std::vector<fs::path> side_files(const fs::path& folder);

/// Copies them. Throws btx::Error for what cannot be read or written.   [any]
BTX_EXPORT void copy_side_files(const fs::path& from, const fs::path& to);

}  // namespace btx
