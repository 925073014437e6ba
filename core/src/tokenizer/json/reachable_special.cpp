#include "tokenizer/json/reachable_special.hpp"

#include "pretokenizer/byte_alphabet.hpp"
#include "pretokenizer/utf8.hpp"

#include <unordered_set>

namespace btx {
namespace {

/// Whether a word can begin as this token, before any merge.
bool is_symbol(const TokenizerSpec& spec, const std::string& token) {
  if (!spec.byte_level()) return decode_utf8(token, 0).bytes == token.size();
  const auto bytes = to_bytes(token);
  return bytes && bytes->size() == 1;
}

}  // namespace

std::optional<ReachableSpecial> reachable_special(const TokenizerSpec& spec) {
  std::unordered_set<std::int32_t> merged;
  for (const auto& merge : spec.merges) merged.insert(merge.result);
  for (std::size_t i = 0; i < spec.added.size(); ++i) {
    const AddedTokenSpec& token = spec.added[i];
    if (!token.special) continue;
    if (token.in_vocab && is_symbol(spec, token.content)) return {{i, "character"}};
    if (merged.contains(token.id)) return {{i, "merge"}};
  }
  return std::nullopt;
}

}  // namespace btx
