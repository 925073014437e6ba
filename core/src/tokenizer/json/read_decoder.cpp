#include "tokenizer/json/read_pipeline.hpp"

namespace btx {
namespace {

StripSpec read_strip(const JsonNode& node) {
  node.only({"type", "content", "start", "stop"});
  if (node.at("content").string().empty()) node.at("content").fail("need one character");
  return {node.at("content").string(), node.at("start").count(), node.at("stop").count()};
}

DecoderSpec read_decoder(const JsonNode& node) {
  if (node.type() == "ByteLevel") return ByteLevelDecoderSpec{};
  if (node.type() == "Metaspace") return read_metaspace(node);
  if (node.type() == "Replace") return read_replace(node);
  if (node.type() == "Strip") return read_strip(node);
  if (node.type() == "ByteFallback") {
    node.only({"type"});
    return ByteFallbackSpec{};
  }
  if (node.type() == "Fuse") {
    node.only({"type"});
    return FuseSpec{};
  }
  refuse_type(node, "Sequence, ByteLevel, Metaspace, Replace, ByteFallback, Fuse, Strip");
}

}  // namespace

std::vector<DecoderSpec> read_decoders(const JsonNode& root) {
  std::vector<DecoderSpec> steps;
  const JsonNode node = root.at("decoder");
  for (const auto& item : sequence_items(node, "decoders")) steps.push_back(read_decoder(item));
  if (steps.empty()) node.fail("need at least one decoder");
  check_growth(node, steps);
  return steps;
}

}  // namespace btx
