#include "tokenizer/tokenizer_json.hpp"

#include <nlohmann/json.hpp>

namespace btx {
namespace {

using json = nlohmann::ordered_json;

json byte_level() {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", false},
          {"trim_offsets", true},
          {"use_regex", true}};
}

json write(const DigitsSpec& spec) {
  return {{"type", "Digits"}, {"individual_digits", spec.individual}};
}
json write(const Gpt2Spec&) {
  return byte_level();
}

json write(const std::vector<PretokenizerSpec>& steps) {
  json written = json::array();
  for (const auto& step : steps) {
    written.push_back(std::visit([](const auto& spec) { return write(spec); }, step));
  }
  if (written.size() == 1) return written.front();
  return {{"type", "Sequence"}, {"pretokenizers", std::move(written)}};
}

json write(const AddedTokenSpec& token) {
  return {{"id", token.id},          {"content", token.content}, {"single_word", false},
          {"lstrip", false},         {"rstrip", false},          {"normalized", token.normalized},
          {"special", token.special}};
}

/// The words of the model by id: all but the added tokens that stand beside it.
json write_vocab(const TokenizerSpec& spec) {
  std::vector<bool> beside(spec.tokens.size());
  for (const auto& token : spec.added) {
    beside[static_cast<std::size_t>(token.id)] = !token.in_vocab;
  }
  json::object_t vocab;
  for (std::size_t id = 0; id < spec.tokens.size(); ++id) {
    // Not [], which searches the object for each key.
    if (!beside[id]) vocab.emplace_back(spec.tokens[id], id);
  }
  return vocab;
}

json write_model(const TokenizerSpec& spec) {
  json merges = json::array();
  const auto token = [&](std::int32_t id) { return spec.tokens[static_cast<std::size_t>(id)]; };
  for (const auto& merge : spec.merges) merges.push_back({token(merge.left), token(merge.right)});
  return {{"type", "BPE"},
          {"dropout", nullptr},
          {"unk_token", nullptr},
          {"continuing_subword_prefix", nullptr},
          {"end_of_word_suffix", nullptr},
          {"fuse_unk", false},
          {"byte_fallback", false},
          {"ignore_merges", false},
          {"vocab", write_vocab(spec)},
          {"merges", std::move(merges)}};
}

}  // namespace

std::string write_tokenizer_json(const TokenizerSpec& spec) {
  json added = json::array();
  for (const auto& token : spec.added) added.push_back(write(token));
  const json document = {{"version", "1.0"},
                         {"truncation", nullptr},
                         {"padding", nullptr},
                         {"added_tokens", std::move(added)},
                         {"normalizer", nullptr},
                         {"pre_tokenizer", write(spec.pretokenizers)},
                         {"post_processor", byte_level()},
                         {"decoder", byte_level()},
                         {"model", write_model(spec)}};
  return document.dump(2) + "\n";
}

}  // namespace btx
