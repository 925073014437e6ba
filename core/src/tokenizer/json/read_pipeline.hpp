#pragma once
// What stands around the model in a tokenizer.json: normalizer, pre-tokenizer, post-processor,
// decoder. All throw btx::Error (usage) with file and place for what is malformed, and by name for
// what is not supported.

#include "tokenizer/json/json_node.hpp"
#include "tokenizer/tokenizer_spec.hpp"

#include <variant>
#include <vector>

namespace btx {

/// `root` is the document.
std::vector<NormalizerSpec> read_normalizers(const JsonNode& root);
/// ByteLevel, if it is there, is the last step, and Metaspace the only one.
std::vector<PretokenizerSpec> read_pretokenizers(const JsonNode& root);
std::vector<DecoderSpec> read_decoders(const JsonNode& root);
/// Ids must be below `vocab_size`.
TemplateSpec read_post_processor(const JsonNode& root, std::size_t vocab_size);

/// Shared by the four: names what is not supported, and what is.
[[noreturn]] void refuse_type(const JsonNode& node, const char* known);
/// The members of the list `key` of a node of type Sequence, else the node itself.
std::vector<JsonNode> sequence_items(const JsonNode& node, const char* key);
/// Replace, of a normalizer or a decoder; its pattern must be a plain text.
ReplaceSpec read_replace(const JsonNode& node);
/// Refuses Replace steps that together could make a text more than 64 times as long.
template <class Steps>
void check_growth(const JsonNode& node, const Steps& steps) {
  double growth = 1;
  for (const auto& step : steps) {
    const auto* replace = std::get_if<ReplaceSpec>(&step);
    if (replace == nullptr || replace->to.size() <= replace->from.size()) continue;
    growth *= static_cast<double>(replace->to.size()) / static_cast<double>(replace->from.size());
  }
  if (growth > 64) node.fail("its Replace steps could make a text more than 64 times as long");
}
/// Metaspace, of a pre-tokenizer or a decoder.
MetaspaceSpec read_metaspace(const JsonNode& node);

}  // namespace btx
