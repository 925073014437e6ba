#pragma once
// What lies in a model folder beside weights, config.json and tokenizer.json, for programs that
// use the model: nothing here reads it, and it goes along with the model.

#include "base/file.hpp"

namespace btx {

/// tokenizer_config.json, special_tokens_map.json, chat templates, generation_config.json, ...
/// [any]
BTX_EXPORT bool is_side_file(const std::string& name);

/// Copies those that are there. Throws btx::Error for what cannot be read or written.   [any]
BTX_EXPORT void copy_side_files(const fs::path& from, const fs::path& to);

}  // namespace btx
