#pragma once
// tokenizer.json, as Hugging Face tokenizers writes it, and the spec of a tokenizer.

#include "tokenizer/tokenizer_spec.hpp"

#include <btx/export.hpp>

#include <string>
#include <string_view>

namespace btx {

/// Reads the text of a tokenizer.json; `name` stands for it in messages. Throws btx::Error (usage)
/// with name and place for what is malformed, and by name for what would change ids and is not
/// supported. Truncation and padding are ignored with a warning.   [any]
BTX_EXPORT TokenizerSpec read_tokenizer_json(std::string_view text, const std::string& name);

/// The text of a tokenizer.json that reads back as `spec`.   [any]
BTX_EXPORT std::string write_tokenizer_json(const TokenizerSpec& spec);

}  // namespace btx
