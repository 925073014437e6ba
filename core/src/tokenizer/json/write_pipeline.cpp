#include "tokenizer/json/write_pipeline.hpp"

#include "pretokenizer/word_patterns.hpp"

#include <utility>

namespace btx {
namespace {

using json = nlohmann::ordered_json;

json byte_level(const ByteLevelSpec& spec = {}) {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", spec.add_prefix_space},
          {"trim_offsets", true},
          {"use_regex", spec.use_regex}};
}

json write(const NfcSpec&) {
  return {{"type", "NFC"}};
}
json write(const ReplaceSpec& spec) {
  return {{"type", "Replace"}, {"pattern", {{"String", spec.from}}}, {"content", spec.to}};
}
json write(const PrependSpec& spec) {
  return {{"type", "Prepend"}, {"prepend", spec.text}};
}
json write(const DigitsSpec& spec) {
  return {{"type", "Digits"}, {"individual_digits", spec.individual}};
}
json write(const PunctuationSpec&) {
  return {{"type", "Punctuation"}, {"behavior", "Isolated"}};
}
json write(const SplitSpec& spec) {
  return {{"type", "Split"},
          {"pattern", {{"Regex", pattern_text(spec.pattern)}}},
          {"behavior", "Isolated"},
          {"invert", false}};
}
json write(const ByteLevelSpec& spec) {
  return byte_level(spec);
}
json write(const MetaspaceSpec& spec) {
  using Prepend = MetaspaceSpec::Prepend;
  const char* scheme = spec.prepend == Prepend::always  ? "always"
                       : spec.prepend == Prepend::first ? "first"
                                                        : "never";
  return {{"type", "Metaspace"},
          {"replacement", spec.replacement},
          {"prepend_scheme", scheme},
          {"split", spec.split}};
}
json write(const ByteLevelDecoderSpec&) {
  return byte_level();
}
json write(const ByteFallbackSpec&) {
  return {{"type", "ByteFallback"}};
}
json write(const FuseSpec&) {
  return {{"type", "Fuse"}};
}
json write(const StripSpec& spec) {
  return {{"type", "Strip"}, {"content", spec.content}, {"start", spec.start}, {"stop", spec.stop}};
}

template <class Specs>
json write_steps(const Specs& steps, const char* key) {
  json written = json::array();
  for (const auto& step : steps) {
    written.push_back(std::visit([](const auto& spec) { return write(spec); }, step));
  }
  if (written.empty()) return nullptr;
  if (written.size() == 1) return written.front();
  return {{"type", "Sequence"}, {key, std::move(written)}};
}

json special_piece(const std::string& token) {
  return {{"SpecialToken", {{"id", token}, {"type_id", 0}}}};
}

}  // namespace

json write_normalizers(const std::vector<NormalizerSpec>& steps) {
  return write_steps(steps, "normalizers");
}
json write_pretokenizers(const std::vector<PretokenizerSpec>& steps) {
  return write_steps(steps, "pretokenizers");
}
json write_decoders(const std::vector<DecoderSpec>& steps) {
  return write_steps(steps, "decoders");
}

json write_post_processor(const TokenizerSpec& spec) {
  if (spec.around == TemplateSpec{}) return spec.byte_level() ? byte_level() : json(nullptr);
  json single = json::array();
  json known = json::object();
  const auto add = [&](std::int32_t id) {
    const std::string& token = spec.tokens[static_cast<std::size_t>(id)];
    single.push_back(special_piece(token));
    known[token] = {{"id", token}, {"ids", json::array({id})}, {"tokens", json::array({token})}};
  };
  for (const auto id : spec.around.before) add(id);
  single.push_back({{"Sequence", {{"id", "A"}, {"type_id", 0}}}});
  for (const auto id : spec.around.after) add(id);
  json pair = single;
  pair.push_back({{"Sequence", {{"id", "B"}, {"type_id", 1}}}});
  return {{"type", "TemplateProcessing"},
          {"single", std::move(single)},
          {"pair", std::move(pair)},
          {"special_tokens", std::move(known)}};
}

}  // namespace btx
