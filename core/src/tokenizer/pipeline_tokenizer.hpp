#pragma once
// A tokenizer as tokenizer.json describes it: added tokens, normalizer, pre-tokenizer, BPE,
// decoder.

#include "pretokenizer/normalizer.hpp"
#include "pretokenizer/pretokenizer.hpp"
#include "tokenizer/added_tokens.hpp"
#include "tokenizer/bpe/bpe_model.hpp"
#include "tokenizer/bpe/word_cache.hpp"
#include "tokenizer/decoder.hpp"
#include "tokenizer/tokenizer_backend.hpp"

#include <memory>

namespace btx {

/// Keeps words that it has encoded.   [any]
class PipelineTokenizer : public TokenizerBackend {
 public:
  explicit PipelineTokenizer(TokenizerSpec spec);

  void encode(std::string_view text, bool split_special,
              std::vector<std::int32_t>& ids) const override;
  std::string decode(std::span<const std::int32_t> ids, bool keep_special) const override;
  const std::vector<std::string>& tokens() const override { return spec_.tokens; }
  std::int32_t word_ids() const override;
  bool special(std::int32_t id) const override { return decoder_.special(id); }
  const TemplateSpec& around() const override { return spec_.around; }
  std::string file_text() const override;
  const char* file_name() const override { return "tokenizer.json"; }

  /// One line if the vocabulary is byte-level and lacks some bytes.
  void warn_missing_bytes(const std::string& name) const;

 private:
  class Encoding;

  TokenizerSpec spec_;
  Normalizer normalizer_;
  AddedTokens added_;
  std::unique_ptr<Pretokenizer> pretokenizer_;
  BpeModel model_;
  TokenDecoder decoder_;
  mutable WordCachePool caches_;
};

}  // namespace btx
