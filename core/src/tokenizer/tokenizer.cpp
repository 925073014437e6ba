#include "tokenizer/tokenizer.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "tokenizer/added_tokens.hpp"
#include "tokenizer/bpe_model.hpp"
#include "tokenizer/pretokenizer.hpp"
#include "tokenizer/token_bytes.hpp"
#include "tokenizer/tokenizer_json.hpp"
#include "tokenizer/word_cache.hpp"

#include <btx/error.hpp>
#include <btx/log.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>

namespace btx {
namespace {

constexpr std::array kEosNames = {"<|endoftext|>", "</s>", "<|end_of_text|>", "<eos>"};

void warn_missing(std::vector<unsigned char> bytes, const std::string& name) {
  if (bytes.empty()) return;
  const std::size_t count = bytes.size();
  bytes.resize(std::min<std::size_t>(count, 8));
  log(LogLevel::warning,
      fmt::format("{}: {} of 256 bytes have no token and are dropped: {:#04x}{}", name, count,
                  fmt::join(bytes, " "), count > bytes.size() ? " ..." : ""));
}

}  // namespace

struct Tokenizer::Parts {
  explicit Parts(TokenizerSpec given)
      : spec(std::move(given)),
        added(spec.added),
        pretokenizer(make_pretokenizer(spec.pretokenizers)),
        model(spec),
        bytes(spec) {
    for (const auto& token : spec.tokens) ids.emplace(token, static_cast<std::int32_t>(ids.size()));
  }

  TokenizerSpec spec;
  AddedTokens added;
  std::unique_ptr<Pretokenizer> pretokenizer;
  BpeModel model;
  TokenBytes bytes;
  std::unordered_map<std::string_view, std::int32_t> ids;  // of spec.tokens
  mutable WordCachePool caches;
};

Tokenizer::Tokenizer(TokenizerSpec spec) : parts_(std::make_shared<Parts>(std::move(spec))) {}

Tokenizer Tokenizer::load(const std::filesystem::path& tokenizer_json) {
  return parse(read_file(tokenizer_json), tokenizer_json.string());
}

Tokenizer Tokenizer::parse(std::string_view json, const std::string& name) {
  Tokenizer tokenizer(read_tokenizer_json(json, name));
  warn_missing(tokenizer.parts_->model.missing_bytes(), name);
  return tokenizer;
}

std::vector<std::int32_t> Tokenizer::encode(std::string_view text, bool split_special) const {
  WordCachePool::Lease lease(parts_->caches);
  WordCache& cache = *lease;
  std::vector<std::int32_t> ids;
  std::vector<std::int32_t> tokens;  // of one word
  const auto encode_word = [&](std::string_view word) {
    if (cache.find(word, ids)) return;
    parts_->model.encode(word, tokens);
    cache.store(word, tokens);
    ids.insert(ids.end(), tokens.begin(), tokens.end());
  };
  parts_->added.split(
      text, split_special,
      [&](std::string_view piece) { parts_->pretokenizer->split(piece, encode_word); },
      [&](std::int32_t id) { ids.push_back(id); });
  return ids;
}

std::string Tokenizer::decode(std::span<const std::int32_t> ids, bool keep_special) const {
  std::string text;
  for (const std::int32_t id : ids) {
    token(id);
    if (keep_special || !parts_->bytes.special(id)) text += parts_->bytes.of(id);
  }
  return text;
}

std::size_t Tokenizer::vocab_size() const {
  return parts_->spec.tokens.size();
}

std::optional<std::int32_t> Tokenizer::token_id(std::string_view token) const {
  const auto found = parts_->ids.find(token);
  return found == parts_->ids.end() ? std::nullopt : std::optional(found->second);
}

const std::string& Tokenizer::token(std::int32_t id) const {
  if (id < 0 || static_cast<std::size_t>(id) >= vocab_size()) {
    throw Error(fmt::format("tokenizer: need a token id in 0..{}, got {}", vocab_size() - 1, id));
  }
  return parts_->spec.tokens[static_cast<std::size_t>(id)];
}

std::int32_t Tokenizer::eos_id() const {
  for (const char* name : kEosNames) {
    const auto id = token_id(name);
    if (id && parts_->bytes.special(*id)) return *id;
  }
  throw Error(
      ExitCode::usage,
      fmt::format("tokenizer: need a special token that ends a document, one of {}; got none",
                  join({kEosNames.begin(), kEosNames.end()})));
}

std::string Tokenizer::to_json() const {
  return write_tokenizer_json(parts_->spec);
}

}  // namespace btx
