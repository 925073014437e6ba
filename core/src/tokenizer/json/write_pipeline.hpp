#pragma once
// What stands around the model in a tokenizer.json, written.

#include "tokenizer/tokenizer_spec.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace btx {

/// Null for no step, the step itself for one, else a Sequence.
nlohmann::ordered_json write_normalizers(const std::vector<NormalizerSpec>& steps);
nlohmann::ordered_json write_pretokenizers(const std::vector<PretokenizerSpec>& steps);
nlohmann::ordered_json write_decoders(const std::vector<DecoderSpec>& steps);
/// The template, or where it is empty what byte-level tokenizers have in its place, else null.
nlohmann::ordered_json write_post_processor(const TokenizerSpec& spec);

}  // namespace btx
