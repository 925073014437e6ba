#pragma once
// Text to token ids and back, as a tokenizer.json or a SentencePiece model describes it.

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

class TokenizerBackend;

struct EncodeOptions {
  bool split_special = false;  ///< special tokens are found in the text; a corpus never yields one
  bool add_special = false;    ///< the tokens of the post-processor's template are put around it
};

/// Immutable; copies share everything.   [any]
class BTX_EXPORT Tokenizer {
 public:
  /// Reads a tokenizer.json, a SentencePiece model (a name that ends in ".model"), or the one or
  /// the other of a folder. Throws btx::Error (usage) naming the file and the place of what is
  /// malformed or not supported. Warns if some bytes have no token.
  static Tokenizer load(const std::filesystem::path& path);
  /// The text of a tokenizer.json; `name` stands for the file in messages.
  static Tokenizer parse(std::string_view json, const std::string& name);
  /// From a spec that is known to be sound: a trainer's.
  explicit Tokenizer(TokenizerSpec spec);
  explicit Tokenizer(std::unique_ptr<const TokenizerBackend> backend);

  /// Token ids of any bytes, equal to Hugging Face's and libsentencepiece's where they are UTF-8.
  /// Other bytes survive in byte-level tokenizers without a normalizer and count as U+FFFD
  /// elsewhere. What has no token, if the vocabulary lacks some, is dropped as Hugging Face does.
  std::vector<std::int32_t> encode(std::string_view text, EncodeOptions options = {}) const;
  /// The text behind the ids, of byte-level tokenizers the exact bytes; special tokens as their
  /// names with `keep_special`, else nothing. Throws btx::Error for an id outside the vocabulary.
  std::string decode(std::span<const std::int32_t> ids, bool keep_special = false) const;

  /// Tokens, the added ones included; ids are 0..vocab_size()-1.
  std::size_t vocab_size() const;
  /// The id of a token as its file writes it, or nothing.
  std::optional<std::int32_t> token_id(std::string_view token) const;
  /// A token as its file writes it. Throws btx::Error for an id outside the vocabulary.
  const std::string& token(std::int32_t id) const;
  /// The special token that ends a document, by its usual names. Throws btx::Error if there is
  /// none.
  std::int32_t eos_id() const;
  /// What a model reads before the first token of a text: the template's tokens, or where it has
  /// none the end of another document.
  std::vector<std::int32_t> start_ids() const;

  /// The file that reads back as this tokenizer: "tokenizer.json" or "tokenizer.model".
  std::string file_text() const;
  std::string file_name() const;
  /// Whether the files say the same.
  bool operator==(const Tokenizer& other) const;

 private:
  struct Parts;
  std::shared_ptr<const Parts> parts_;
};

/// The tokenizer's file in a model's folder: tokenizer.json, else tokenizer.model; nothing if
/// neither is there.   [any]
BTX_EXPORT std::optional<std::filesystem::path> find_tokenizer(const std::filesystem::path& folder);
/// Whether two folders hold the same such file, byte for byte; not if either has none.   [any]
BTX_EXPORT bool same_tokenizer(const std::filesystem::path& a, const std::filesystem::path& b);
/// Copies that file. Throws btx::Error (usage) if there is none.   [any]
BTX_EXPORT void copy_tokenizer(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace btx
