#include "tokenizer/json/tokenizer_json.hpp"

#include "tokenizer/json/write_pipeline.hpp"

#include <nlohmann/json.hpp>

namespace btx {
namespace {

using json = nlohmann::ordered_json;

json write(const AddedTokenSpec& token) {
  return {{"id", token.id},          {"content", token.content}, {"single_word", false},
          {"lstrip", token.lstrip},  {"rstrip", token.rstrip},   {"normalized", token.normalized},
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
    if (!beside[id] && !spec.tokens[id].empty()) vocab.emplace_back(spec.tokens[id], id);
  }
  return vocab;
}

json write_model(const TokenizerSpec& spec) {
  json merges = json::array();
  const auto token = [&](std::int32_t id) { return spec.tokens[static_cast<std::size_t>(id)]; };
  for (const auto& merge : spec.merges) merges.push_back({token(merge.left), token(merge.right)});
  return {{"type", "BPE"},
          {"dropout", nullptr},
          {"unk_token", spec.unk_token ? json(*spec.unk_token) : json(nullptr)},
          {"continuing_subword_prefix", nullptr},
          {"end_of_word_suffix", nullptr},
          {"fuse_unk", spec.fuse_unk},
          {"byte_fallback", spec.byte_fallback},
          {"ignore_merges", spec.ignore_merges},
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
                         {"normalizer", write_normalizers(spec.normalizers)},
                         {"pre_tokenizer", write_pretokenizers(spec.pretokenizers)},
                         {"post_processor", write_post_processor(spec)},
                         {"decoder", write_decoders(spec.decoders)},
                         {"model", write_model(spec)}};
  return document.dump(2) + "\n";
}

}  // namespace btx
