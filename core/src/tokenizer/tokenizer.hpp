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

/// Where special tokens come from; by default there are none.
struct EncodeOptions {
  bool split_special = false;  ///< special tokens are found in the text; a corpus never yields one
  bool add_special = false;    ///< the tokens of the post-processor's template are put around it
};

/// Immutable; copies share everything.   [any]
class BTX_EXPORT Tokenizer {
 public:
  /// Reads a tokenizer.json or a SentencePiece model, told apart by content, or the one or the
  /// other of a folder, with what the files beside it say (side_tokens.hpp): added tokens that it
  /// lacks itself, and which token ends a document. Throws btx::Error (usage) naming the file and
  /// the place of what is malformed or not supported. Warns if some bytes have no token.
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
  /// names with `keep_special`, else nothing. An id that no token has, as in an embedding that was
  /// padded, is nothing.
  std::string decode(std::span<const std::int32_t> ids, bool keep_special = false) const;

  /// Ids are below it; some of them may have no token.
  std::size_t vocab_size() const;
  /// The ids from it on have no token, or an added one, which a text has only where it names it: a
  /// model may have no rows for them.
  std::size_t word_ids() const;
  /// The id of a token as its file writes it, or nothing.
  std::optional<std::int32_t> token_id(std::string_view token) const;
  /// A token as its file writes it; "" for an id that no token has.
  const std::string& token(std::int32_t id) const;

  /// The same tokenizer, with documents that end in this token. The id must have a token.
  Tokenizer with_end(std::int32_t id) const;
  /// As read_side_tokens() of a model's folder says; the same tokenizer if it names none of this
  /// one's tokens.
  Tokenizer with_end_of(const std::filesystem::path& model) const;
  /// The token that ends a document: what was told, else the model's own, else a special token of a
  /// usual name, else nothing.
  std::optional<std::int32_t> find_eos() const;
  /// The same. Throws btx::Error (usage) if there is none.
  std::int32_t eos_id() const;
  /// That token, if it was told and the tokenizer's own file does not say so; else "".
  std::string told_end() const;
  /// What the template puts before a text; may be nothing.
  const std::vector<std::int32_t>& template_start() const;
  /// What a model reads before the first token of a text: the template's tokens, or where it has
  /// none the end of another document.
  std::vector<std::int32_t> start_ids() const;

  /// The file that reads back as this tokenizer: "tokenizer.json" or "tokenizer.model".
  std::string file_text() const;
  std::string file_name() const;
  /// The tokens that load() took from beside the tokenizer, as added_tokens.json says them; else
  /// "".
  const std::string& added_text() const { return added_text_; }
  /// Writes that file and what has to lie beside it to say the same.
  void save(const std::filesystem::path& folder) const;
  /// Whether the files say the same; the end of a document aside.
  bool operator==(const Tokenizer& other) const;

 private:
  struct Parts;
  static Tokenizer read(const std::filesystem::path& file, std::vector<AddedTokenSpec> added);

  static Tokenizer with_added(Tokenizer tokenizer, const std::vector<AddedTokenSpec>& added);
  std::optional<std::int32_t> own_end() const;

  std::shared_ptr<const Parts> parts_;
  std::optional<std::int32_t> told_end_;
  std::string added_text_;
};

/// The tokenizer's file in a model's folder: tokenizer.json, else tokenizer.model; nothing if
/// neither is there.   [any]
BTX_EXPORT std::optional<std::filesystem::path> find_tokenizer(const std::filesystem::path& folder);
/// The same. Throws btx::Error (usage) if neither is there.   [any]
BTX_EXPORT std::filesystem::path tokenizer_in(const std::filesystem::path& folder);

}  // namespace btx
