#pragma once
// Byte-pair encoding of one word.
// Source: Sennrich et al. 2016, "Neural machine translation of rare words with subword units".

#include "tokenizer/merge_table.hpp"
#include "tokenizer/tokenizer_spec.hpp"

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace btx {

/// Immutable.   [any]
class BpeModel {
 public:
  explicit BpeModel(const TokenizerSpec& spec);

  /// The tokens of a word's bytes, in place of what `tokens` held. A byte that the vocabulary lacks
  /// yields none.
  void encode(std::string_view word, std::vector<std::int32_t>& tokens) const;
  /// Bytes without a token, ascending; none in a vocabulary that can encode anything.
  std::vector<unsigned char> missing_bytes() const;

 private:
  static constexpr std::int32_t kMissing = -1;
  std::array<std::int32_t, 256> byte_tokens_{};
  MergeTable merges_;
};

}  // namespace btx
