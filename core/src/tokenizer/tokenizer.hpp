#pragma once
// Text to token ids and back: byte-level BPE as tokenizer.json describes it.

#include "tokenizer/tokenizer_spec.hpp"

#include <btx/export.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace btx {

/// Immutable; copies share everything.   [any]
class BTX_EXPORT Tokenizer {
 public:
  /// Reads a tokenizer.json. Throws btx::Error (usage) naming the file and the place of what is
  /// malformed or not supported. Warns if some bytes have no token.
  static Tokenizer load(const std::filesystem::path& tokenizer_json);
  /// The same from text; `name` stands for the file in messages.
  static Tokenizer parse(std::string_view json, const std::string& name);
  /// From a spec that is known to be sound: a trainer's.
  explicit Tokenizer(TokenizerSpec spec);

  /// Token ids of any bytes, equal to Hugging Face's where they are UTF-8. Special tokens are found
  /// in the text only with `split_special`, so that a corpus never yields one. Bytes without a
  /// token, if the vocabulary lacks some, are dropped as Hugging Face does.
  std::vector<std::int32_t> encode(std::string_view text, bool split_special = false) const;
  /// The exact bytes behind the ids; special tokens as their names with `keep_special`, else
  /// nothing. Throws btx::Error for an id outside the vocabulary.
  std::string decode(std::span<const std::int32_t> ids, bool keep_special = false) const;

  /// Tokens, the added ones included; ids are 0..vocab_size()-1.
  std::size_t vocab_size() const;
  /// The id of a token as tokenizer.json writes it, or nothing.
  std::optional<std::int32_t> token_id(std::string_view token) const;
  /// A token as tokenizer.json writes it. Throws btx::Error for an id outside the vocabulary.
  const std::string& token(std::int32_t id) const;
  /// The special token that ends a document, by its usual names. Throws btx::Error if there is
  /// none.
  std::int32_t eos_id() const;

  /// A tokenizer.json with the same ids.
  std::string to_json() const;

 private:
  struct Parts;
  std::shared_ptr<const Parts> parts_;
};

}  // namespace btx
