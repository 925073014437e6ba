#include "sample.hpp"

#include <btx/error.hpp>

#include <doctest/doctest.h>

#include <algorithm>

namespace {

using Ids = std::vector<std::int32_t>;

/// Words "abab", " abab", " ab": the pair ab occurs 5 times, ba and " a" twice each.
const std::vector<std::string> kTexts = {"abab abab ab"};

btx::BpeTrainConfig config(std::int64_t vocab_size, std::int64_t min_frequency = 2) {
  btx::BpeTrainConfig config;
  config.vocab_size = vocab_size;
  config.min_frequency = min_frequency;
  return config;
}

}  // namespace

TEST_CASE("the most frequent pair is merged, of equals the one of smaller ids") {
  const auto tokenizer = btx::train_bpe(kTexts, config(260, 1));
  CHECK(tokenizer.token_id("<|endoftext|>") == 0);
  CHECK(tokenizer.token_id("!") == 1);
  CHECK(tokenizer.token_id("a") == 65);
  CHECK(tokenizer.token_id("\u0120") == 221);  // the space: 1 + 188 printable bytes + 32 before it
  CHECK(tokenizer.token(257) == "ab");
  CHECK(tokenizer.token(258) == "\u0120ab");  // as frequent as ab ab, but the space has a lower id
  CHECK(tokenizer.token(259) == "abab");
  CHECK(tokenizer.encode("ab ab abab") == Ids{257, 258, 258, 257});
}

TEST_CASE("overlapping pairs are counted as they are merged") {
  // aaaaa: aa 4 times; then [aa aa a]: aa aa once, aa a once.
  const std::vector<std::string> texts = {"aaaaa"};
  const auto tokenizer = btx::train_bpe(texts, config(259, 1));
  CHECK(tokenizer.token(257) == "aa");
  CHECK(tokenizer.token(258) == "aaa");  // (257, 65) before (257, 257)
}

TEST_CASE("training does not depend on threads or on the order of texts") {
  const std::string once = btx_test::trained(300).file_text();
  for (const int threads : {2, 3, 8}) CHECK(btx_test::trained(300, threads).file_text() == once);
  auto texts = btx_test::english();
  std::ranges::reverse(texts);
  CHECK(btx::train_bpe(texts, config(300, 1)).file_text() == once);
}

TEST_CASE("texts that give too few tokens are an error that says what came") {
  CHECK_THROWS_WITH_AS(
      btx::train_bpe(kTexts, config(300)),
      "train_bpe: need texts for a vocabulary of 300, got 3 distinct words, which give 259 tokens "
      "before no pair occurs 2 times; give more text, or a lower vocab_size or min_frequency",
      btx::Error);
  CHECK_THROWS_AS(btx::train_bpe(std::vector<std::string>{}, config(258)), btx::Error);
  CHECK(btx::train_bpe(std::vector<std::string>{}, config(257)).vocab_size() == 257);
}

TEST_CASE("no merge spells a special token") {
  auto special = config(259, 1);
  special.special_tokens = {"ab", "<pad>"};
  const auto tokenizer = btx::train_bpe(kTexts, special);
  CHECK(tokenizer.token(258) == "ba");
  CHECK(std::ranges::count(tokenizer.encode("abab"), 0) == 0);
  CHECK(tokenizer.encode("<pad>", {.split_special = true}) == Ids{1});
  CHECK(btx::Tokenizer::parse(tokenizer.file_text(), "test").file_text() == tokenizer.file_text());
}

TEST_CASE("a config that cannot be met is refused") {
  CHECK_THROWS_AS(btx::train_bpe(kTexts, config(256)), btx::Error);
  for (const std::vector<std::string>& names :
       {std::vector<std::string>{"x"}, {""}, {"\xff\xfe"}, {"<s>", "<s>"}}) {
    auto bad = config(300);
    bad.special_tokens = names;
    CHECK_THROWS_AS(btx::train_bpe(kTexts, bad), btx::Error);
  }
}
