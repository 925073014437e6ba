#pragma once
// What the files beside a tokenizer's say of its tokens, as transformers reads them.

#include "tokenizer/tokenizer_spec.hpp"

#include <btx/export.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

namespace btx {

/// A token by its id or by its text.
using TokenName = std::variant<std::int64_t, std::string>;

/// What all these files say together.
struct SideTokens {
  /// Tokens that end a document, the one that counts most first: of config.json, then
  /// tokenizer_config.json, special_tokens_map.json, generation_config.json.
  std::vector<TokenName> ends;
  /// By id: tokenizer_config.json's added_tokens_decoder and added_tokens.json. A token of the
  /// latter is special if tokenizer_config.json or special_tokens_map.json gives it a part.
  std::vector<AddedTokenSpec> added;
};

/// Reads the files of that name in `folder`; what is not there says nothing. Throws btx::Error
/// (usage) naming a file that is not a JSON object.   [any]
BTX_EXPORT SideTokens read_side_tokens(const std::filesystem::path& folder);

/// Puts the tokens that `spec` does not have beside its own, under their ids; they are returned.
/// Leaves out, with a warning, one whose id another token has.   [any]
std::vector<AddedTokenSpec> add_beside(TokenizerSpec& spec, std::vector<AddedTokenSpec> added);
/// The same for tokens by id; what is left out is taken from `added`.   [any]
void place_beside(std::vector<std::string>& tokens, std::vector<AddedTokenSpec>& added);

/// added_tokens.json for these tokens, and special_tokens_map.json for the special ones of them and
/// the token `end` ("": none), which read back as them.   [any]
BTX_EXPORT std::string write_added_tokens(const std::vector<AddedTokenSpec>& added);
BTX_EXPORT std::string write_special_tokens(const std::vector<AddedTokenSpec>& added,
                                            const std::string& end);

}  // namespace btx
