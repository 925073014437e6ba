#pragma once
// From token ids back to text.

#include "pretokenizer/normalizer.hpp"
#include "tokenizer/tokenizer_spec.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace btx {

/// Immutable.   [any]
class TokenDecoder {
 public:
  /// An added token that is looked for in normalized text is what `normalizer` makes of it.
  TokenDecoder(const TokenizerSpec& spec, const Normalizer& normalizer);

  /// The text of the ids, which must be in the vocabulary; special tokens as their names with
  /// `keep_special`, else nothing. Exact bytes where the tokenizer is byte-level.
  std::string decode(std::span<const std::int32_t> ids, bool keep_special) const;
  bool special(std::int32_t id) const { return special_[static_cast<std::size_t>(id)]; }

 private:
  std::vector<DecoderSpec> steps_;
  bool byte_level_;
  std::vector<std::string> pieces_;  ///< by id: bytes if byte-level, else tokens as written
  std::vector<bool> special_;
};

}  // namespace btx
