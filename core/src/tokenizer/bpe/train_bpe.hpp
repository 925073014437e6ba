#pragma once
// Training a byte-level BPE tokenizer.

#include "tokenizer/tokenizer.hpp"

#include <btx/export.hpp>
#include <btx/params.hpp>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace btx {

/// What is trained, by a tokenizer stage or `btx tokenizer train`.
struct BpeTrainConfig {
  std::int64_t vocab_size = 4096;
  std::vector<std::string> special_tokens = {"<|endoftext|>"};
  std::int64_t min_frequency = 2;
  bool split_digits = true;
  std::int64_t threads = 1;

  void fields(Fields& f) {
    f("vocab_size", vocab_size, "tokens, with special tokens and the 256 bytes", {.min = 257});
    f("special_tokens", special_tokens, "tokens that control the model; they get the first ids");
    f("min_frequency", min_frequency, "a pair that occurs less often is not merged", {.min = 1});
    f("split_digits", split_digits, "each digit is a word of its own");
    f("threads", threads, "threads that count words; the result does not depend on it",
      {.min = 1, .max = 1024});
  }
};

/// Puts the next text into its argument, or returns false at the end. Called by one thread at a
/// time, not always the same.
using TextSource = std::function<bool(std::string&)>;

/// Merges the most frequent pair of neighbours, again and again; of equally frequent pairs the one
/// of smaller ids (left, then right). Ids: special tokens, the 256 bytes in the order of their
/// written characters, merges. The same texts in any order, cut with any number of threads, give
/// the same tokenizer, and Hugging Face's BpeTrainer the same one. A merge that would spell a
/// special token is left out. Throws btx::Error if the texts do not yield vocab_size tokens, or
/// (usage) if the config cannot be met.
BTX_EXPORT Tokenizer train_bpe(const TextSource& texts, const BpeTrainConfig& config);
BTX_EXPORT Tokenizer train_bpe(std::span<const std::string> texts, const BpeTrainConfig& config);

}  // namespace btx
