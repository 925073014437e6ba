#pragma once
// Added tokens are found in the text itself, before pre-tokenization.

#include "tokenizer/tokenizer_spec.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace btx {

/// Finds one set of added tokens; of those that begin at one place the longest wins.
class TokenMatcher {
 public:
  struct Match {
    std::size_t begin;
    std::size_t bytes;
    std::int32_t id;
    bool special;
  };

  void add(const AddedTokenSpec& token);
  std::optional<Match> find(std::string_view text, std::size_t from) const;
  /// Whether it can find anything that is `wanted`: any token, or only those that are not special.
  bool useful(bool split_special) const { return has_text_ || (split_special && has_special_); }

 private:
  std::array<std::vector<AddedTokenSpec>, 256> by_first_byte_;  // longest first
  bool has_special_ = false;
  bool has_text_ = false;
};

/// All added tokens of a tokenizer. Immutable.   [any]
class AddedTokens {
 public:
  using Text = std::function<void(std::string_view)>;
  using Token = std::function<void(std::int32_t)>;

  explicit AddedTokens(const std::vector<AddedTokenSpec>& tokens);

  /// Cuts `text` at added tokens; special ones count only with `split_special`. What lies between
  /// goes to `on_text`, in order.
  void split(std::string_view text, bool split_special, const Text& on_text,
             const Token& on_token) const;

 private:
  /// Tokens that are normalized are looked for in what the others leave.
  std::array<TokenMatcher, 2> passes_;
};

}  // namespace btx
