#include "tokenizer/json/read_pipeline.hpp"

#include <fmt/format.h>

namespace btx {
namespace {

/// The ids of a template's special token, as its list special_tokens gives them.
std::vector<std::int32_t> ids_of(const JsonNode& processor, const JsonNode& piece,
                                 std::size_t vocab_size) {
  const std::string& name = piece.at("SpecialToken").at("id").string();
  const auto known = processor.find("special_tokens");
  const auto token = known ? known->find(name) : std::nullopt;
  if (!token) piece.fail(fmt::format("'{}' is not among special_tokens", name));
  std::vector<std::int32_t> ids;
  for (const auto& id : token->at("ids").items()) ids.push_back(id.id(vocab_size));
  return ids;
}

/// Only the template of single texts: btx never encodes pairs.
void read_template(TemplateSpec& around, const JsonNode& node, std::size_t vocab_size) {
  node.only({"type", "single", "pair", "special_tokens"});
  bool after = false;
  for (const auto& piece : node.at("single").items()) {
    piece.only({"Sequence", "SpecialToken"});
    if (piece.object().contains("Sequence")) {
      if (after) piece.fail("need one Sequence, got a second one");
      after = true;
      continue;
    }
    auto& side = after ? around.after : around.before;
    const auto ids = ids_of(node, piece, vocab_size);
    side.insert(side.end(), ids.begin(), ids.end());
  }
  if (!after) node.at("single").fail("need a Sequence");
}

}  // namespace

TemplateSpec read_post_processor(const JsonNode& root, std::size_t vocab_size) {
  TemplateSpec around;
  const auto node = root.find("post_processor");
  if (!node) return around;
  for (const auto& item : sequence_items(*node, "processors")) {
    if (item.type() == "ByteLevel") continue;  // moves offsets only
    if (item.type() != "TemplateProcessing") {
      refuse_type(item, "null, Sequence, ByteLevel, TemplateProcessing");
    }
    if (around != TemplateSpec{}) item.fail("a second template is not supported");
    read_template(around, item, vocab_size);
  }
  return around;
}

}  // namespace btx
