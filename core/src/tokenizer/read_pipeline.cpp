#include "tokenizer/read_pipeline.hpp"

#include <fmt/format.h>

namespace btx {
namespace {

[[noreturn]] void refuse(const JsonNode& node, const char* known) {
  node.fail(fmt::format("'{}' is not supported; known: {}", node.type(), known));
}

DigitsSpec read_digits(const JsonNode& node) {
  node.only({"type", "individual_digits"});
  const auto individual = node.find("individual_digits");
  return {individual && individual->boolean()};
}

Gpt2Spec read_byte_level(const JsonNode& node) {
  node.only({"type", "add_prefix_space", "trim_offsets", "use_regex"});
  const JsonNode prefix = node.at("add_prefix_space");
  if (prefix.boolean()) prefix.fail("true is not supported; need false");
  const auto regex = node.find("use_regex");
  if (regex && !regex->boolean()) regex->fail("false is not supported; need true");
  return {};
}

PretokenizerSpec read_step(const JsonNode& node) {
  if (node.type() == "Digits") return read_digits(node);
  if (node.type() == "ByteLevel") return read_byte_level(node);
  refuse(node, "Sequence, Digits, ByteLevel");
}

std::vector<PretokenizerSpec> read_pretokenizers(const JsonNode& node) {
  if (node.type() != "Sequence") return {read_step(node)};
  node.only({"type", "pretokenizers"});
  std::vector<PretokenizerSpec> steps;
  for (const auto& item : node.at("pretokenizers").items()) steps.push_back(read_step(item));
  return steps;
}

/// ByteLevel rewrites bytes as characters, so it can only be the last step.
void check_steps(const JsonNode& node, const std::vector<PretokenizerSpec>& steps) {
  std::size_t byte_levels = 0;
  for (const auto& step : steps) byte_levels += std::holds_alternative<Gpt2Spec>(step) ? 1 : 0;
  if (byte_levels != 1 || !std::holds_alternative<Gpt2Spec>(steps.back())) {
    node.fail("need one ByteLevel, as the last step");
  }
}

void check_template(const JsonNode& node, const char* key) {
  const auto pieces = node.find(key);
  if (!pieces) return;
  for (const auto& piece : pieces->items()) {
    if (piece.object().contains("SpecialToken")) {
      piece.fail("a template that adds tokens is not supported");
    }
    piece.only({"Sequence"});
  }
}

void check_post_processor(const JsonNode& node) {
  if (node.type() == "ByteLevel") return;  // moves offsets only
  if (node.type() != "TemplateProcessing") refuse(node, "null, ByteLevel, TemplateProcessing");
  node.only({"type", "single", "pair", "special_tokens"});
  check_template(node, "single");
  check_template(node, "pair");
}

}  // namespace

std::vector<PretokenizerSpec> read_pipeline(const JsonNode& root) {
  if (const auto normalizer = root.find("normalizer")) refuse(*normalizer, "null");
  if (const auto post = root.find("post_processor")) check_post_processor(*post);
  const JsonNode decoder = root.at("decoder");
  if (decoder.type() != "ByteLevel") refuse(decoder, "ByteLevel");
  const JsonNode node = root.at("pre_tokenizer");
  auto steps = read_pretokenizers(node);
  check_steps(node, steps);
  return steps;
}

}  // namespace btx
