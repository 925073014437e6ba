#include "sample.hpp"
#include "tokenizer/encode_batch.hpp"

#include <btx/error.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>

using btx_test::english;
using Ids = std::vector<std::int32_t>;

TEST_CASE("any bytes survive encoding and decoding") {
  const auto tokenizer = btx_test::trained();
  std::mt19937 random(3);
  for (int i = 0; i < 2000; ++i) {
    const std::string bytes = btx_test::random_bytes(random, i % 200);
    CHECK(tokenizer.decode(tokenizer.encode(bytes)) == bytes);
  }
  for (const auto& text : english()) CHECK(tokenizer.decode(tokenizer.encode(text)) == text);
  const std::string odd("\0 \xf4\x8f\xbf\xbf \xed\xa0\x80 '\xc3", 13);
  CHECK(tokenizer.decode(tokenizer.encode(odd)) == odd);
}

TEST_CASE("text becomes a special token only when asked") {
  const auto tokenizer = btx_test::trained();
  const auto end = tokenizer.eos_id();
  const std::string text = "sea<|endoftext|>sea";
  const Ids plain = tokenizer.encode(text);
  CHECK(std::ranges::count(plain, end) == 0);
  CHECK(tokenizer.decode(plain) == text);
  const Ids split = tokenizer.encode(text, {.split_special = true});
  CHECK(std::ranges::count(split, end) == 1);
  CHECK(tokenizer.decode(split, true) == text);
  CHECK(tokenizer.decode(split) == "seasea");
}

TEST_CASE("added tokens that are not special are always found, the longest first") {
  const std::string added = R"({"id": 4, "content": "  ", "normalized": true, "special": false},
                               {"id": 5, "content": "    ", "normalized": true, "special": false},
                               {"id": 6, "content": " <", "normalized": false, "special": false},)";
  const auto tokenizer = btx::Tokenizer::parse(
      btx_test::tiny_with("\"added_tokens\": [", "\"added_tokens\": [" + added), "test");
  CHECK(tokenizer.encode("a      b") == Ids{0, 5, 4, 1});
  CHECK(tokenizer.encode("a  <b") == Ids{0, 6, 1});  // not normalized goes first; ' ' has no token
  CHECK(tokenizer.encode("ab<eos>") == Ids{2});
  CHECK(tokenizer.encode("ab<eos>", {.split_special = true}) == Ids{2, 3});
  CHECK(tokenizer.decode(Ids{0, 5, 3}) == "a    ");
}

TEST_CASE("a byte without a token is dropped") {
  const auto tokenizer = btx::Tokenizer::parse(btx_test::kTiny, "test");
  CHECK(tokenizer.encode("abba c acb") == Ids{2, 1, 0, 2});
}

TEST_CASE("tokens are found by name and by id") {
  const auto tokenizer = btx::Tokenizer::parse(btx_test::kTiny, "test");
  CHECK(tokenizer.vocab_size() == 4);
  CHECK(tokenizer.token_id("ab") == 2);
  CHECK(tokenizer.token_id("c") == std::nullopt);
  CHECK(tokenizer.token(3) == "<eos>");
  CHECK(tokenizer.eos_id() == 3);
  // Rows that pad an embedding have no token; transformers decodes them to nothing.
  CHECK(tokenizer.decode(Ids{0, 4, 1, 99999, -1}) == "ab");
  CHECK(tokenizer.token(4).empty());
  CHECK(tokenizer.token(-1).empty());
  const auto none =
      btx::Tokenizer::parse(btx_test::tiny_with("\"special\": true", "\"special\": false"), "test");
  CHECK_THROWS_AS(none.eos_id(), btx::Error);
  CHECK_FALSE(none.find_eos());
  CHECK(none.with_end(2).eos_id() == 2);
  CHECK(none.with_end(2).told_end() == "ab");
  CHECK(tokenizer.with_end(3).told_end().empty());  // its file says so as well
}

TEST_CASE("a word of a megabyte takes no more time than others") {
  const auto tokenizer = btx_test::trained();
  for (const char byte : {'a', ' ', '\n', '7', '\xff'}) {
    const std::string word(1 << 20, byte);
    const auto begin = std::chrono::steady_clock::now();
    CHECK(tokenizer.decode(tokenizer.encode(word)) == word);
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
  }
}

TEST_CASE("a batch is encoded in order, whatever the number of threads") {
  const auto tokenizer = btx_test::trained();
  std::mt19937 random(5);
  std::vector<std::string> texts = english();
  while (texts.size() < 200) texts.push_back(btx_test::random_bytes(random, texts.size() * 3));
  std::vector<Ids> expected;
  for (const auto& text : texts) expected.push_back(tokenizer.encode(text));
  for (const int threads : {0, 1, 2, 7, 500}) {
    CHECK(btx::encode_batch(tokenizer, texts, threads) == expected);
  }
  CHECK(btx::encode_batch(tokenizer, {}, 3).empty());
}
