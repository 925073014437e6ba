#pragma once
// What a Tokenizer needs of the two kinds there are: tokenizer.json and a SentencePiece model.

#include "tokenizer/tokenizer_spec.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace btx {

/// Immutable.   [any]
class TokenizerBackend {
 public:
  virtual ~TokenizerBackend() = default;
  /// Appends the tokens of any bytes; special ones are found only with `split_special`.
  virtual void encode(std::string_view text, bool split_special,
                      std::vector<std::int32_t>& ids) const = 0;
  /// Ids are in the vocabulary.
  virtual std::string decode(std::span<const std::int32_t> ids, bool keep_special) const = 0;

  /// Tokens by id, as written; "" for an id that no token has.
  virtual const std::vector<std::string>& tokens() const = 0;
  /// Ids from it on have no token, or one that is found in the text itself.
  virtual std::int32_t word_ids() const = 0;
  virtual bool special(std::int32_t id) const = 0;
  /// What is put around a text on request.
  virtual const TemplateSpec& around() const = 0;
  /// The token that ends a text, if the tokenizer's own file says so.
  virtual std::optional<std::int32_t> end() const { return std::nullopt; }
  /// Added tokens that lie beside the tokenizer's own file.
  virtual std::vector<AddedTokenSpec> added_beside() const { return {}; }
  /// The file that reads back as this tokenizer, and the name it is known by.
  virtual std::string file_text() const = 0;
  virtual const char* file_name() const = 0;
};

}  // namespace btx
