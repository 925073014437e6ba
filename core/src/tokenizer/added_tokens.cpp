#include "tokenizer/added_tokens.hpp"

#include <algorithm>

namespace btx {
namespace {

void split_by(const TokenMatcher& matcher, std::string_view text, bool split_special,
              const AddedTokens::Text& on_text, const AddedTokens::Token& on_token) {
  if (!matcher.useful(split_special)) return on_text(text);
  std::size_t done = 0;
  for (std::size_t from = 0; const auto match = matcher.find(text, from);) {
    from = match->begin + match->bytes;
    if (match->special && !split_special) continue;
    if (match->begin > done) on_text(text.substr(done, match->begin - done));
    on_token(match->id);
    done = from;
  }
  if (done < text.size()) on_text(text.substr(done));
}

}  // namespace

void TokenMatcher::add(const AddedTokenSpec& token) {
  auto& bucket = by_first_byte_[static_cast<unsigned char>(token.content.front())];
  bucket.push_back(token);
  std::ranges::stable_sort(bucket, std::ranges::greater{},
                           [](const AddedTokenSpec& t) { return t.content.size(); });
  (token.special ? has_special_ : has_text_) = true;
}

std::optional<TokenMatcher::Match> TokenMatcher::find(std::string_view text,
                                                      std::size_t from) const {
  for (; from < text.size(); ++from) {
    for (const auto& token : by_first_byte_[static_cast<unsigned char>(text[from])]) {
      if (!text.substr(from).starts_with(token.content)) continue;
      return Match{from, token.content.size(), token.id, token.special};
    }
  }
  return std::nullopt;
}

AddedTokens::AddedTokens(const std::vector<AddedTokenSpec>& tokens) {
  for (const auto& token : tokens) passes_[token.normalized ? 1 : 0].add(token);
}

void AddedTokens::split(std::string_view text, bool split_special, const Text& on_text,
                        const Token& on_token) const {
  const Text second = [&](std::string_view rest) {
    split_by(passes_[1], rest, split_special, on_text, on_token);
  };
  split_by(passes_[0], text, split_special, second, on_token);
}

}  // namespace btx
