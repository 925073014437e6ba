#pragma once
// Byte-pair encoding of one word.
// Source: Sennrich et al. 2016, "Neural machine translation of rare words with subword units".

#include "tokenizer/bpe/merge_table.hpp"
#include "tokenizer/tokenizer_spec.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace btx {

/// Immutable.   [any]
class BpeModel {
 public:
  explicit BpeModel(const TokenizerSpec& spec);

  /// The tokens of a word, in place of what `tokens` held: of its bytes if the tokenizer is
  /// byte-level, else of its characters. What has no token yields the bytes' own tokens, the
  /// unknown token or nothing, as the spec says.
  void encode(std::string_view word, std::vector<std::int32_t>& tokens) const;
  /// Bytes without a token, ascending; none in a vocabulary that can encode anything, or that does
  /// not encode bytes.
  std::vector<unsigned char> missing_bytes() const;

 private:
  static constexpr std::int32_t kMissing = -1;

  void add_token(const std::string& token, std::int32_t id);
  void push_character(std::string_view character, std::vector<std::int32_t>& tokens) const;
  void push_unknown(std::vector<std::int32_t>& tokens) const;
  bool push_bytes(std::string_view character, std::vector<std::int32_t>& tokens) const;

  bool byte_level_;
  bool byte_fallback_;
  bool fuse_unk_;
  std::int32_t unk_ = kMissing;
  std::array<std::int32_t, 256> byte_tokens_{};
  std::unordered_map<std::string, std::int32_t> characters_;
  std::unordered_map<std::string, std::int32_t> words_;  ///< with ignore_merges: all tokens
  MergeTable merges_;
};

}  // namespace btx
