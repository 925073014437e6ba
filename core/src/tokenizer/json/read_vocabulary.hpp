#pragma once
// The tokens of a tokenizer.json: the model's vocabulary and merges, and added tokens.

#include "tokenizer/json/json_node.hpp"
#include "tokenizer/tokenizer_spec.hpp"

namespace btx {

/// Fills tokens, merges and added tokens of `spec` from the document `root`. Throws btx::Error if
/// an id is taken twice or far beyond the others (most_ids()), a merge is not between tokens, or
/// text could become a special token.
void read_vocabulary(const JsonNode& root, TokenizerSpec& spec);

}  // namespace btx
