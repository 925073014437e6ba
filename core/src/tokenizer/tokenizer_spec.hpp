#pragma once
// What a tokenizer.json says, as plain data: read from a file or made by a trainer, and what a
// Tokenizer is built from.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace btx {

/// Sets numbers apart: each digit by itself, or runs of them.
struct DigitsSpec {
  bool individual = true;
};
/// The pattern of GPT-2: contractions, letters, numbers, other, each with one space before; spaces.
struct Gpt2Spec {};
using PretokenizerSpec = std::variant<DigitsSpec, Gpt2Spec>;

/// Two neighbours that become one; token ids.
struct MergeSpec {
  std::int32_t left;
  std::int32_t right;
  std::int32_t result;
};

/// A token found in the text itself, before pre-tokenization.
struct AddedTokenSpec {
  std::int32_t id = 0;
  std::string content;
  bool special = true;      ///< controls the model; other added tokens are text
  bool normalized = false;  ///< looked for after those that are not
  bool in_vocab = true;     ///< also written in model.vocab
};

struct TokenizerSpec {
  /// By id, as written (byte_alphabet.hpp); of added tokens the content. None is empty.
  std::vector<std::string> tokens;
  std::vector<MergeSpec> merges;  ///< in order of rank
  std::vector<AddedTokenSpec> added;
  std::vector<PretokenizerSpec> pretokenizers;  ///< applied one after the other
};

}  // namespace btx
