#include "tokenizer/bpe/train_bpe.hpp"

#include "base/text.hpp"
#include "pretokenizer/byte_alphabet.hpp"
#include "tokenizer/bpe/pair_counts.hpp"
#include "tokenizer/bpe/word_counts.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <array>
#include <set>
#include <unordered_map>

namespace btx {
namespace {

class BpeTrainer {
 public:
  explicit BpeTrainer(const BpeTrainConfig& config) : config_(config) {
    for (const auto& token : config.special_tokens) add_special(token);
    for (const unsigned char byte : alphabet_order()) {
      byte_tokens_[byte] = add_token(to_visible(std::string(1, static_cast<char>(byte))));
    }
    if (config.vocab_size < static_cast<std::int64_t>(spec_.tokens.size())) {
      throw Error(ExitCode::usage,
                  fmt::format("train_bpe: need vocab_size >= {} for the special tokens and 256 "
                              "bytes, got {}",
                              spec_.tokens.size(), config.vocab_size));
    }
    if (config.split_digits) spec_.pretokenizers.emplace_back(DigitsSpec{});
    spec_.pretokenizers.emplace_back(ByteLevelSpec{});
  }

  Tokenizer train(const TextSource& texts) {
    read_words(texts);
    while (static_cast<std::int64_t>(spec_.tokens.size()) < config_.vocab_size) {
      const auto pair = pairs_.top(config_.min_frequency);
      if (!pair) fail_small();
      apply(*pair);
    }
    return Tokenizer(std::move(spec_));
  }

 private:
  struct Word {
    std::vector<std::int32_t> tokens;
    std::int64_t count;
  };

  std::int32_t add_token(const std::string& token) {
    const auto id = static_cast<std::int32_t>(spec_.tokens.size());
    spec_.tokens.push_back(token);
    ids_.emplace(token, id);
    return id;
  }

  void add_special(const std::string& token) {
    const auto bytes = to_bytes(token);
    const bool sound = find_invalid_utf8(token) == std::string::npos && !token.empty();
    if (!sound || (bytes && bytes->size() == 1) || ids_.contains(token)) {
      throw Error(ExitCode::usage, fmt::format("train_bpe: need special tokens that differ, of at "
                                               "least two characters in UTF-8, got '{}'",
                                               token));
    }
    spec_.added.push_back({.id = add_token(token), .content = token});
  }

  void read_words(const TextSource& texts) {
    const auto pretokenizer = make_pretokenizer(spec_.pretokenizers);
    const auto counts = count_words(texts, *pretokenizer, static_cast<int>(config_.threads));
    for (const auto& [text, count] : counts) {
      Word word{{}, count};
      for (const char byte : text) {
        word.tokens.push_back(byte_tokens_[static_cast<unsigned char>(byte)]);
      }
      const auto index = static_cast<std::uint32_t>(words_.size());
      for (std::size_t i = 1; i < word.tokens.size(); ++i) {
        pairs_.add({word.tokens[i - 1], word.tokens[i]}, count, index);
      }
      words_.push_back(std::move(word));
    }
    pairs_.settle();
  }

  void apply(TokenPair pair) {
    const auto holders = pairs_.take(pair);
    const std::string merged = token(pair.left) + token(pair.right);
    const auto found = ids_.find(merged);  // "ab" + "c" may come after "a" + "bc"
    if (found != ids_.end() && found->second < num_special()) return;
    const std::int32_t id = found != ids_.end() ? found->second : add_token(merged);
    if (merged_.insert(pair).second) spec_.merges.push_back({pair.left, pair.right, id});
    for (const std::uint32_t index : holders) merge_in_word(index, pair, id);
    pairs_.settle();
  }

  void merge_in_word(std::uint32_t index, TokenPair pair, std::int32_t id) {
    auto& [tokens, count] = words_[index];
    std::size_t out = 0;
    for (std::size_t in = 0; in < tokens.size(); ++in, ++out) {
      if (in + 1 == tokens.size() || tokens[in] != pair.left || tokens[in + 1] != pair.right) {
        tokens[out] = tokens[in];
        continue;
      }
      if (out > 0) replace({tokens[out - 1], pair.left}, {tokens[out - 1], id}, index);
      if (in + 2 < tokens.size())
        replace({pair.right, tokens[in + 2]}, {id, tokens[in + 2]}, index);
      tokens[out] = id;
      ++in;
    }
    tokens.resize(out);
  }

  void replace(TokenPair old_pair, TokenPair new_pair, std::uint32_t word) {
    pairs_.add(old_pair, -words_[word].count, word);
    pairs_.add(new_pair, words_[word].count, word);
  }

  const std::string& token(std::int32_t id) const {
    return spec_.tokens[static_cast<std::size_t>(id)];
  }
  std::int32_t num_special() const { return static_cast<std::int32_t>(spec_.added.size()); }

  [[noreturn]] void fail_small() const {
    throw Error(
        fmt::format("train_bpe: need texts for a vocabulary of {}, got {} distinct words, "
                    "which give {} tokens before no pair occurs {} times; give more text, "
                    "or a lower vocab_size or min_frequency",
                    config_.vocab_size, words_.size(), spec_.tokens.size(), config_.min_frequency));
  }

  const BpeTrainConfig& config_;
  TokenizerSpec spec_;
  std::array<std::int32_t, 256> byte_tokens_{};
  std::unordered_map<std::string, std::int32_t> ids_;
  std::vector<Word> words_;
  PairCounts pairs_;
  std::set<TokenPair> merged_;
};

}  // namespace

Tokenizer train_bpe(const TextSource& texts, const BpeTrainConfig& config) {
  return BpeTrainer(config).train(texts);
}

Tokenizer train_bpe(std::span<const std::string> texts, const BpeTrainConfig& config) {
  std::size_t next = 0;
  return train_bpe(
      [&](std::string& text) {
        if (next == texts.size()) return false;
        text = texts[next++];
        return true;
      },
      config);
}

}  // namespace btx
