#include "tokenizer/bpe_model.hpp"

#include "tokenizer/byte_alphabet.hpp"
#include "tokenizer/merge_word.hpp"

namespace btx {

BpeModel::BpeModel(const TokenizerSpec& spec) : merges_(spec.merges) {
  byte_tokens_.fill(kMissing);
  for (std::size_t id = 0; id < spec.tokens.size(); ++id) {
    if (spec.tokens[id].size() > 2) continue;
    const auto bytes = to_bytes(spec.tokens[id]);
    if (bytes && bytes->size() == 1) {
      byte_tokens_[static_cast<unsigned char>(bytes->front())] = static_cast<std::int32_t>(id);
    }
  }
  for (const auto& added : spec.added) {
    if (added.in_vocab) continue;
    for (auto& token : byte_tokens_) token = token == added.id ? kMissing : token;
  }
}

void BpeModel::encode(std::string_view word, std::vector<std::int32_t>& tokens) const {
  tokens.clear();
  for (const char byte : word) {
    const std::int32_t token = byte_tokens_[static_cast<unsigned char>(byte)];
    if (token != kMissing) tokens.push_back(token);
  }
  merge_word(merges_, tokens);
}

std::vector<unsigned char> BpeModel::missing_bytes() const {
  std::vector<unsigned char> missing;
  for (std::size_t byte = 0; byte < byte_tokens_.size(); ++byte) {
    if (byte_tokens_[byte] == kMissing) missing.push_back(static_cast<unsigned char>(byte));
  }
  return missing;
}

}  // namespace btx
