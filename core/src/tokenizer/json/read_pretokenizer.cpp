#include "pretokenizer/utf8.hpp"
#include "pretokenizer/word_patterns.hpp"
#include "tokenizer/json/read_pipeline.hpp"

#include <fmt/format.h>

namespace btx {
namespace {

DigitsSpec read_digits(const JsonNode& node) {
  node.only({"type", "individual_digits"});
  const auto individual = node.find("individual_digits");
  return {individual && individual->boolean()};
}

PunctuationSpec read_punctuation(const JsonNode& node) {
  node.only({"type", "behavior"});
  const auto behavior = node.find("behavior");
  if (behavior && behavior->string() != "Isolated") {
    behavior->fail(fmt::format("'{}' is not supported; known: Isolated", behavior->string()));
  }
  return {};
}

/// The known patterns match everything, so that matches that are kept and what lies between them
/// that is removed are the same words.
void check_behavior(const JsonNode& node) {
  const std::string& behavior = node.at("behavior").string();
  const bool invert = node.at("invert").boolean();
  if (behavior == "Isolated" || (behavior == "Removed" && invert)) return;
  node.fail(
      fmt::format("behavior '{}' with invert {} is not supported; known: Isolated, and "
                  "Removed with invert true",
                  behavior, invert));
}

SplitSpec read_split(const JsonNode& node) {
  node.only({"type", "pattern", "behavior", "invert"});
  check_behavior(node);
  const JsonNode pattern = node.at("pattern");
  pattern.only({"Regex"});
  const JsonNode regex = pattern.at("Regex");
  const auto known = pattern_of(regex.string());
  if (!known) {
    regex.fail(
        fmt::format("the pattern '{}' is not supported; known: those of GPT-2, Llama 3, "
                    "Qwen 2 and Mistral's Tekken",
                    regex.string()));
  }
  return {*known};
}

ByteLevelSpec read_byte_level(const JsonNode& node) {
  node.only({"type", "add_prefix_space", "trim_offsets", "use_regex"});
  const auto regex = node.find("use_regex");
  return {node.at("add_prefix_space").boolean(), !regex || regex->boolean()};
}

PretokenizerSpec read_pretokenizer(const JsonNode& node) {
  if (node.type() == "Digits") return read_digits(node);
  if (node.type() == "Punctuation") return read_punctuation(node);
  if (node.type() == "Split") return read_split(node);
  if (node.type() == "ByteLevel") return read_byte_level(node);
  if (node.type() == "Metaspace") return read_metaspace(node);
  refuse_type(node, "Sequence, Digits, Punctuation, Split, ByteLevel, Metaspace");
}

/// ByteLevel rewrites bytes as characters, so it can only be the last step; what a space before
/// each word of a step would mean is left open.
void check_order(const JsonNode& node, const std::vector<PretokenizerSpec>& steps) {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto* bytes = std::get_if<ByteLevelSpec>(&steps[i]);
    if (bytes != nullptr && i + 1 < steps.size()) node.fail("need ByteLevel as the last step");
    if (bytes != nullptr && bytes->add_prefix_space && i > 0) {
      node.fail("ByteLevel with add_prefix_space after another step is not supported");
    }
    if (std::holds_alternative<MetaspaceSpec>(steps[i]) && steps.size() > 1) {
      node.fail("Metaspace beside other steps is not supported");
    }
  }
}

}  // namespace

MetaspaceSpec read_metaspace(const JsonNode& node) {
  node.only({"type", "replacement", "prepend_scheme", "split", "add_prefix_space", "str_rep"});
  MetaspaceSpec spec{node.at("replacement").string()};
  if (spec.replacement.empty() ||
      decode_utf8(spec.replacement, 0).bytes != spec.replacement.size()) {
    node.at("replacement").fail("need one character");
  }
  // Older files say whether to put one first, newer ones where.
  if (const auto prefix = node.find("add_prefix_space"); prefix && !prefix->boolean()) {
    spec.prepend = MetaspaceSpec::Prepend::never;
  }
  if (const auto scheme = node.find("prepend_scheme")) {
    const std::string& name = scheme->string();
    if (name != "always" && name != "first" && name != "never") {
      scheme->fail(fmt::format("'{}' is not supported; known: always, first, never", name));
    }
    spec.prepend = name == "always"  ? MetaspaceSpec::Prepend::always
                   : name == "first" ? MetaspaceSpec::Prepend::first
                                     : MetaspaceSpec::Prepend::never;
  }
  if (const auto split = node.find("split")) spec.split = split->boolean();
  return spec;
}

std::vector<PretokenizerSpec> read_pretokenizers(const JsonNode& root) {
  std::vector<PretokenizerSpec> steps;
  const auto node = root.find("pre_tokenizer");
  if (!node) return steps;
  for (const auto& item : sequence_items(*node, "pretokenizers"))
    steps.push_back(read_pretokenizer(item));
  check_order(*node, steps);
  return steps;
}

}  // namespace btx
