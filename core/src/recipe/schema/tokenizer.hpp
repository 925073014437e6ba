#pragma once
// [tokenizer]: one tokenizer for every model.

#include <btx/params.hpp>

#include <cstdint>
#include <string>

namespace btx {

/// The tokenizer: imported, or trained on the recipe's documents.
struct TokenizerConfig {
  std::string import;
  std::int64_t vocab_size = 4096;
  std::int64_t train_bytes = 8'000'000;
  bool split_digits = true;

  void fields(Fields& f) {
    f("import", import,
      "a tokenizer.json or SentencePiece .model; empty: one is trained on the recipe's train "
      "documents",
      {.path = true});
    f("vocab_size", vocab_size, "of a trained tokenizer", {.min = 257, .max = 1e6});
    f("train_bytes", train_bytes, "text a trained tokenizer sees, in equal parts from the domains",
      {.min = 1, .unit = Unit::bytes});
    f("split_digits", split_digits, "digits are tokens of their own");
  }
};

}  // namespace btx
