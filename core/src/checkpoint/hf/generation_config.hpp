#pragma once
// generation_config.json: what a model's makers say of writing text with it.

#include "base/file.hpp"

#include <cstdint>
#include <vector>

namespace btx {

/// The tokens any of which ends a text, `eos_token_id`: the file's word goes before config.json's,
/// as in transformers. Empty if there is no file, or it does not say. Throws btx::Error (usage)
/// naming a file that is not a JSON object, or ids that are no whole numbers.   [any]
BTX_EXPORT std::vector<std::int64_t> generation_ends(const fs::path& folder);

}  // namespace btx
