#pragma once
// What stands around the model in a tokenizer.json: normalizer, pre-tokenizer, post-processor,
// decoder.

#include "tokenizer/json_node.hpp"
#include "tokenizer/tokenizer_spec.hpp"

#include <vector>

namespace btx {

/// The pre-tokenizer of the document `root`; throws btx::Error if it, or any of the other three, is
/// not one of byte-level BPE without additions.
std::vector<PretokenizerSpec> read_pipeline(const JsonNode& root);

}  // namespace btx
