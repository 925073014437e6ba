#include "tokenizer/bpe/bpe_model.hpp"

#include "pretokenizer/byte_alphabet.hpp"
#include "pretokenizer/utf8.hpp"
#include "tokenizer/bpe/merge_word.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace btx {
namespace {

/// The byte that a token of byte fallback stands for: "<0xE2>".
std::optional<unsigned char> fallback_byte(const std::string& token) {
  for (int byte = 0; token.size() == 6 && token.starts_with("<0x") && byte < 256; ++byte) {
    if (token == fmt::format("<0x{:02X}>", byte)) return static_cast<unsigned char>(byte);
  }
  return std::nullopt;
}

/// Which tokens text never becomes: those beside the model, and those that control it.
std::vector<bool> kept_out(const TokenizerSpec& spec) {
  std::vector<bool> out(spec.tokens.size());
  for (const auto& added : spec.added) {
    if (!added.in_vocab || added.special) out[static_cast<std::size_t>(added.id)] = true;
  }
  return out;
}

}  // namespace

BpeModel::BpeModel(const TokenizerSpec& spec)
    : byte_level_(spec.byte_level()),
      byte_fallback_(spec.byte_fallback),
      fuse_unk_(spec.fuse_unk),
      merges_(spec.merges) {
  byte_tokens_.fill(kMissing);
  const auto out = kept_out(spec);
  for (std::size_t id = 0; id < spec.tokens.size(); ++id) {
    const std::string& token = spec.tokens[id];
    if (token == spec.unk_token) unk_ = static_cast<std::int32_t>(id);
    if (token.empty() || out[id]) continue;
    add_token(token, static_cast<std::int32_t>(id));
    if (!spec.ignore_merges) continue;
    const auto text = byte_level_ ? to_bytes(token) : std::optional(token);
    if (text) words_.emplace(*text, static_cast<std::int32_t>(id));
  }
}

void BpeModel::add_token(const std::string& token, std::int32_t id) {
  if (byte_level_) {
    const auto bytes = token.size() <= 2 ? to_bytes(token) : std::nullopt;
    if (bytes && bytes->size() == 1) byte_tokens_[static_cast<unsigned char>(bytes->front())] = id;
    return;
  }
  if (decode_utf8(token, 0).bytes == token.size()) characters_.emplace(token, id);
  const auto byte = byte_fallback_ ? fallback_byte(token) : std::nullopt;
  if (byte) byte_tokens_[*byte] = id;
}

void BpeModel::encode(std::string_view word, std::vector<std::int32_t>& tokens) const {
  tokens.clear();
  if (!words_.empty()) {
    if (const auto whole = words_.find(std::string(word)); whole != words_.end()) {
      return tokens.push_back(whole->second);
    }
  }
  if (byte_level_) {
    for (const char byte : word) {
      const std::int32_t token = byte_tokens_[static_cast<unsigned char>(byte)];
      token != kMissing ? tokens.push_back(token) : push_unknown(tokens);
    }
  } else {
    for (std::size_t at = 0; at < word.size();) {
      const std::size_t size = decode_utf8(word, at).bytes;
      push_character(word.substr(at, size), tokens);
      at += size;
    }
  }
  merge_word(merges_, tokens);
}

void BpeModel::push_character(std::string_view character, std::vector<std::int32_t>& tokens) const {
  const auto found = characters_.find(std::string(character));
  if (found != characters_.end()) return tokens.push_back(found->second);
  if (!byte_fallback_ || !push_bytes(character, tokens)) push_unknown(tokens);
}

void BpeModel::push_unknown(std::vector<std::int32_t>& tokens) const {
  if (unk_ == kMissing) return;
  const bool fused = fuse_unk_ && !tokens.empty() && tokens.back() == unk_;
  if (!fused) tokens.push_back(unk_);
}

/// Nothing, and false, unless every byte has a token.
bool BpeModel::push_bytes(std::string_view character, std::vector<std::int32_t>& tokens) const {
  const auto token = [&](char byte) { return byte_tokens_[static_cast<unsigned char>(byte)]; };
  if (std::ranges::find(character, kMissing, token) != character.end()) return false;
  for (const char byte : character) tokens.push_back(token(byte));
  return true;
}

std::vector<unsigned char> BpeModel::missing_bytes() const {
  std::vector<unsigned char> missing;
  if (!byte_level_) return missing;
  for (std::size_t byte = 0; byte < byte_tokens_.size(); ++byte) {
    if (byte_tokens_[byte] == kMissing) missing.push_back(static_cast<unsigned char>(byte));
  }
  return missing;
}

}  // namespace btx
