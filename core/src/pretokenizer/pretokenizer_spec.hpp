#pragma once
// How a text becomes words, as plain data: the normalizers and pre-tokenizers of a tokenizer.json.
// Names follow Hugging Face tokenizers.

#include <cstdint>
#include <string>
#include <variant>

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
/// One step of a normalizer.
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
enum class WordPattern : std::uint8_t { gpt2, llama3, qwen2, tekken };
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
/// One step of a pre-tokenizer.
using PretokenizerSpec =
    std::variant<DigitsSpec, PunctuationSpec, SplitSpec, ByteLevelSpec, MetaspaceSpec>;

}  // namespace btx
