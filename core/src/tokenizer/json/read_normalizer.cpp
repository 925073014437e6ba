#include "tokenizer/json/read_pipeline.hpp"

#include <fmt/format.h>

namespace btx {
namespace {

NormalizerSpec read_normalizer(const JsonNode& node) {
  if (node.type() == "Replace") return read_replace(node);
  if (node.type() == "NFC") {
    node.only({"type"});
    return NfcSpec{};
  }
  if (node.type() == "Prepend") {
    node.only({"type", "prepend"});
    return PrependSpec{node.at("prepend").string()};
  }
  refuse_type(node, "null, Sequence, NFC, Replace, Prepend");
}

}  // namespace

void refuse_type(const JsonNode& node, const char* known) {
  node.fail(fmt::format("'{}' is not supported; known: {}", node.type(), known));
}

std::vector<JsonNode> sequence_items(const JsonNode& node, const char* key) {
  if (node.type() != "Sequence") return {node};
  node.only({"type", key});
  return node.at(key).items();
}

ReplaceSpec read_replace(const JsonNode& node) {
  node.only({"type", "pattern", "content"});
  const JsonNode pattern = node.at("pattern");
  pattern.only({"String"});
  const JsonNode from = pattern.at("String");
  if (from.string().empty()) from.fail("need at least one character");
  return {from.string(), node.at("content").string()};
}

std::vector<NormalizerSpec> read_normalizers(const JsonNode& root) {
  std::vector<NormalizerSpec> steps;
  const auto node = root.find("normalizer");
  if (!node) return steps;
  for (const auto& item : sequence_items(*node, "normalizers"))
    steps.push_back(read_normalizer(item));
  check_growth(*node, steps);
  return steps;
}

}  // namespace btx
