#include "tokenizer/added_tokens.hpp"

#include "pretokenizer/char_class.hpp"

#include <algorithm>

namespace btx {
namespace {

bool is_space(std::string_view text, std::size_t at) {
  return char_at(char_classes(), text, at).kind == CharClass::space;
}

/// Where the white space begins that ends at `end`, not before `floor`.
std::size_t space_before(std::string_view text, std::size_t end, std::size_t floor) {
  while (end > floor) {
    std::size_t last = end - 1;
    while (last > floor && (static_cast<unsigned char>(text[last]) & 0xC0) == 0x80) --last;
    if (!is_space(text, last)) break;
    end = last;
  }
  return end;
}

std::size_t space_after(std::string_view text, std::size_t at) {
  while (at < text.size() && is_space(text, at)) at += decode_utf8(text, at).bytes;
  return at;
}

}  // namespace

void TokenMatcher::add(const AddedTokenSpec& token) {
  if (!tokens_.emplace(token.content, token).second) return;
  auto& lengths = lengths_[static_cast<unsigned char>(token.content.front())];
  const auto at = std::ranges::lower_bound(lengths, token.content.size(), std::ranges::greater{});
  if (at == lengths.end() || *at != token.content.size()) lengths.insert(at, token.content.size());
  (token.special ? has_special_ : has_text_) = true;
}

std::optional<TokenMatcher::Match> TokenMatcher::find(std::string_view text,
                                                      std::size_t from) const {
  for (; from < text.size(); ++from) {
    for (const std::size_t length : lengths_[static_cast<unsigned char>(text[from])]) {
      if (length > text.size() - from) continue;
      const auto found = tokens_.find(text.substr(from, length));
      if (found != tokens_.end()) return Match{from, from + length, &found->second};
    }
  }
  return std::nullopt;
}

void TokenMatcher::split(std::string_view text, bool split_special, const Text& on_text,
                         const Token& on_token) const {
  if (!useful(split_special)) return on_text(text);
  std::size_t done = 0;
  for (auto match = find(text, 0); match; match = find(text, match->end)) {
    const AddedTokenSpec& token = *match->token;
    if (token.special && !split_special) continue;
    const auto begin = token.lstrip ? space_before(text, match->begin, done) : match->begin;
    if (begin > done) on_text(text.substr(done, begin - done));
    on_token(token.id);
    done = token.rstrip ? space_after(text, match->end) : match->end;
  }
  if (done < text.size()) on_text(text.substr(done));
}

AddedTokens::AddedTokens(const std::vector<AddedTokenSpec>& tokens, const Normalizer& normalizer) {
  for (AddedTokenSpec token : tokens) {
    if (!token.normalized) {
      raw.add(token);
    } else {
      token.content = normalizer.apply(token.content);
      // Nothing of it left: normalized text cannot hold it.
      if (!token.content.empty()) normalized.add(token);
    }
  }
}

}  // namespace btx
