#pragma once
// What a tokenizer.json says, as plain data: read from a file, taken out of a GGUF or made by a
// trainer, and what a Tokenizer is built from. Names follow Hugging Face tokenizers.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace btx {

/// Unicode's canonical composition.
struct NfcSpec {
  bool operator==(const NfcSpec&) const = default;
};
/// Every occurrence of one text becomes another. In a decoder: within each token.
struct ReplaceSpec {
  std::string from;
  std::string to;
  bool operator==(const ReplaceSpec&) const = default;
};
/// Put before a text that is not empty.
struct PrependSpec {
  std::string text;
  bool operator==(const PrependSpec&) const = default;
};
using NormalizerSpec = std::variant<NfcSpec, ReplaceSpec, PrependSpec>;

/// Sets numbers apart: each digit by itself, or runs of them.
struct DigitsSpec {
  bool individual = true;
  bool operator==(const DigitsSpec&) const = default;
};
/// Each punctuation character is a word of its own.
struct PunctuationSpec {
  bool operator==(const PunctuationSpec&) const = default;
};
/// The regular expressions that are scanned by hand; word_patterns.hpp has their texts.
enum class WordPattern : std::uint8_t { gpt2, llama3, qwen2 };
/// Words are the matches of a pattern that leaves nothing out.
struct SplitSpec {
  WordPattern pattern = WordPattern::gpt2;
  bool operator==(const SplitSpec&) const = default;
};
/// A piece becomes the visible characters of its bytes (byte_alphabet.hpp).
struct ByteLevelSpec {
  bool add_prefix_space = false;  ///< a space before a text that does not begin with one
  bool use_regex = true;          ///< cut by the pattern of GPT-2 first
  bool operator==(const ByteLevelSpec&) const = default;
};
/// Spaces become a visible character, as SentencePiece writes them.
struct MetaspaceSpec {
  enum class Prepend : std::uint8_t { always, first, never };
  std::string replacement = "\u2581";
  Prepend prepend = Prepend::always;  ///< the character before a text: any, the first, or none
  bool split = true;                  ///< words begin at the character
  bool operator==(const MetaspaceSpec&) const = default;
};
using PretokenizerSpec =
    std::variant<DigitsSpec, PunctuationSpec, SplitSpec, ByteLevelSpec, MetaspaceSpec>;

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

struct TokenizerSpec {
  /// By id, as written; of added tokens the content. None is empty.
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
