#pragma once
// How often each word occurs in a corpus.

#include "pretokenizer/pretokenizer.hpp"
#include "tokenizer/bpe/train_bpe.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace btx {

struct WordCount {
  std::string word;
  std::int64_t count;
};

/// The distinct words of all texts in ascending order, whatever the number of threads.
std::vector<WordCount> count_words(const TextSource& texts, const Pretokenizer& pretokenizer,
                                   int threads);

}  // namespace btx
