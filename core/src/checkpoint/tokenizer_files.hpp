#pragma once
// A tokenizer's files in a model's folder.

#include "tokenizer/tokenizer.hpp"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace btx {

/// Whether two folders hold the same file of a tokenizer (find_tokenizer()), byte for byte, and the
/// same added tokens beside it; not if either has none.   [any]
BTX_EXPORT bool same_tokenizer(const std::filesystem::path& a, const std::filesystem::path& b);
/// Copies that file, and what lies beside it of its tokens unless `to` has it. Throws btx::Error
/// (usage) if there is none.   [any]
BTX_EXPORT void copy_tokenizer(const std::filesystem::path& from, const std::filesystem::path& to);
/// Copies the one tokenizer that all the folders (role, folder) with a tokenizer have. The first
/// must have one. Throws btx::Error (usage) naming two that differ.   [any]
BTX_EXPORT void copy_common_tokenizer(
    const std::vector<std::pair<std::string, std::filesystem::path>>& folders,
    const std::filesystem::path& to);

}  // namespace btx
