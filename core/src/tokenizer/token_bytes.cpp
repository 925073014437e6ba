#include "tokenizer/token_bytes.hpp"

#include "tokenizer/byte_alphabet.hpp"

namespace btx {

TokenBytes::TokenBytes(const TokenizerSpec& spec) : special_(spec.tokens.size()) {
  for (const auto& token : spec.tokens) bytes_.push_back(to_bytes(token).value_or(token));
  for (const auto& added : spec.added) {
    const auto id = static_cast<std::size_t>(added.id);
    bytes_[id] = added.content;
    special_[id] = added.special;
  }
}

}  // namespace btx
