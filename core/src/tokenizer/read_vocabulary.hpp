#pragma once
// The tokens of a tokenizer.json: the model's vocabulary and merges, and added tokens.

#include "tokenizer/json_node.hpp"
#include "tokenizer/tokenizer_spec.hpp"

namespace btx {

/// Fills tokens, merges and added tokens of `spec` from the document `root`. Throws btx::Error if
/// ids are not exactly 0..n-1, a merge is not between tokens, or text could become a special token.
void read_vocabulary(const JsonNode& root, TokenizerSpec& spec);

}  // namespace btx
