#pragma once
// Added tokens are found in the text itself, before pre-tokenization.

#include "pretokenizer/normalizer.hpp"
#include "tokenizer/tokenizer_spec.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace btx {

/// Finds one set of added tokens; of those that begin at one place the longest wins.
class TokenMatcher {
 public:
  struct Match {
    std::size_t begin;
    std::size_t end;
    const AddedTokenSpec* token;
  };
  using Text = std::function<void(std::string_view)>;
  using Token = std::function<void(std::int32_t)>;

  void add(const AddedTokenSpec& token);
  /// Cuts `text` at the tokens, special ones only with `split_special`. What lies between goes to
  /// `on_text`, in order. As in Hugging Face tokenizers, a token may begin in the white space that
  /// the one before takes.
  void split(std::string_view text, bool split_special, const Text& on_text,
             const Token& on_token) const;

 private:
  std::optional<Match> find(std::string_view text, std::size_t from) const;
  /// Whether it can find anything that is wanted: any token, or only those that are not special.
  bool useful(bool split_special) const { return has_text_ || (split_special && has_special_); }

  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unordered_map<std::string, AddedTokenSpec, Hash, std::equal_to<>> tokens_;  // by content
  std::array<std::vector<std::size_t>, 256> lengths_;  // by first byte, the longest first
  bool has_special_ = false;
  bool has_text_ = false;
};

/// All added tokens of a tokenizer, those to be found in raw text and those in normalized text.
/// Immutable.   [any]
struct AddedTokens {
  AddedTokens(const std::vector<AddedTokenSpec>& tokens, const Normalizer& normalizer);

  TokenMatcher raw;
  TokenMatcher normalized;
};

}  // namespace btx
