#pragma once
// What a tokenizer.json says, as plain data: read from a file, taken out of a GGUF or made by a
// trainer, and what a Tokenizer is built from. Names follow Hugging Face tokenizers.

#include "pretokenizer/pretokenizer_spec.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace btx {

/// The bytes that the characters of byte_alphabet.hpp stand for.
struct ByteLevelDecoderSpec {
  bool operator==(const ByteLevelDecoderSpec&) const = default;
};
/// "<0xE2>" is a byte; bytes that are not UTF-8 become U+FFFD each.
struct ByteFallbackSpec {
  bool operator==(const ByteFallbackSpec&) const = default;
};
/// All tokens become one.
struct FuseSpec {
  bool operator==(const FuseSpec&) const = default;
};
/// Takes up to `start` and `stop` times a character off the ends of each token.
struct StripSpec {
  std::string content = " ";
  std::int64_t start = 0;
  std::int64_t stop = 0;
  bool operator==(const StripSpec&) const = default;
};
/// One step of a decoder.
using DecoderSpec = std::variant<ByteLevelDecoderSpec, ReplaceSpec, ByteFallbackSpec, FuseSpec,
                                 StripSpec, MetaspaceSpec>;

/// Two neighbours that become one; token ids.
struct MergeSpec {
  std::int32_t left;
  std::int32_t right;
  std::int32_t result;
  bool operator==(const MergeSpec&) const = default;
};

/// A token found in the text itself, before pre-tokenization.
struct AddedTokenSpec {
  std::int32_t id = 0;
  std::string content;
  bool special = true;      ///< controls the model; other added tokens are text
  bool normalized = false;  ///< looked for after those that are not, in normalized text
  bool lstrip = false;      ///< takes the white space before it too
  bool rstrip = false;      ///< takes the white space after it too
  bool in_vocab = true;     ///< also written in model.vocab
  bool operator==(const AddedTokenSpec&) const = default;
};

/// The tokens that a post-processor puts around a text: those before it and those after.
struct TemplateSpec {
  std::vector<std::int32_t> before;
  std::vector<std::int32_t> after;
  bool operator==(const TemplateSpec&) const = default;
};

/// How many ids so many tokens may take: a few may be left out, as conversions do, and nothing is
/// allocated that is much larger than the file.
inline std::size_t most_ids(std::size_t tokens) {
  constexpr std::size_t kHoles = 65536;
  return tokens + (tokens > kHoles ? tokens : kHoles);
}

/// One tokenizer, whole: of equal specs the ids are the same.
struct TokenizerSpec {
  /// By id, as written; of added tokens the content. "" for an id that no token has.
  std::vector<std::string> tokens;
  std::vector<MergeSpec> merges;  ///< in order of rank
  std::vector<AddedTokenSpec> added;
  std::vector<NormalizerSpec> normalizers;      ///< applied one after the other
  std::vector<PretokenizerSpec> pretokenizers;  ///< applied one after the other
  std::vector<DecoderSpec> decoders = {ByteLevelDecoderSpec{}};
  TemplateSpec around;
  std::optional<std::string> unk_token;  ///< of a character that has no token
  bool fuse_unk = false;                 ///< neighbouring unknown characters are one token
  bool byte_fallback = false;            ///< such a character becomes its bytes "<0xE2>"
  bool ignore_merges = false;            ///< a word that is a token is that token

  /// Whether words are bytes, each a token, rather than characters.
  bool byte_level() const {
    for (const auto& step : pretokenizers) {
      if (std::holds_alternative<ByteLevelSpec>(step)) return true;
    }
    return false;
  }
  bool operator==(const TokenizerSpec&) const = default;
};

}  // namespace btx
