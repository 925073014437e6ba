#include "pretokenizer/pretokenizer.hpp"

#include "tokenizer/sample.hpp"

#include <doctest/doctest.h>

namespace {

using Words = std::vector<std::string>;

Words split(const std::vector<btx::PretokenizerSpec>& steps, std::string_view text) {
  Words words;
  btx::make_pretokenizer(steps)->split(text,
                                       [&](std::string_view word) { words.emplace_back(word); });
  return words;
}
Words gpt2(std::string_view text) {
  return split({btx::ByteLevelSpec{}}, text);
}
Words digits(std::string_view text) {
  return split({btx::DigitsSpec{}, btx::ByteLevelSpec{}}, text);
}

}  // namespace

TEST_CASE("words take one space before them") {
  CHECK(gpt2("").empty());
  CHECK(gpt2("Hello world") == Words{"Hello", " world"});
  CHECK(gpt2("a1!") == Words{"a", "1", "!"});
  CHECK(gpt2(" x = 42;") == Words{" x", " =", " 42", ";"});
}

TEST_CASE("contractions are cut off, in lower case only") {
  CHECK(gpt2("it's we'll I've") == Words{"it", "'s", " we", "'ll", " I", "'ve"});
  CHECK(gpt2("'re'm'd't") == Words{"'re", "'m", "'d", "'t"});
  CHECK(gpt2("IT'S 'x 's") == Words{"IT", "'", "S", " '", "x", " '", "s"});
  CHECK(gpt2("!'s'") == Words{"!'", "s", "'"});
}

TEST_CASE("the last of several spaces goes with the word behind it") {
  CHECK(gpt2("a   b") == Words{"a", "  ", " b"});
  CHECK(gpt2("a\n b") == Words{"a", "\n", " b"});
  CHECK(gpt2("a \nb") == Words{"a", " ", "\n", "b"});
  CHECK(gpt2("a  ") == Words{"a", "  "});
  CHECK(gpt2("\n\n") == Words{"\n\n"});
  CHECK(gpt2(" ") == Words{" "});
}

TEST_CASE("letters, numbers and spaces are Unicode's") {
  CHECK(gpt2("\u00e9t\u00e9 \u4f60\u597d") == Words{"\u00e9t\u00e9", " \u4f60\u597d"});
  CHECK(gpt2("x\u00b2\u0664") == Words{"x", "\u00b2\u0664"});
  CHECK(gpt2("a\u00a0b\u3000\u2003c") == Words{"a", "\u00a0", "b", "\u3000", "\u2003", "c"});
  CHECK(gpt2("e\u0301") == Words{"e", "\u0301"});        // a combining mark is not a letter
  CHECK(gpt2("a\u200bb") == Words{"a", "\u200b", "b"});  // a zero-width space is not a space
}

TEST_CASE("bytes that are not UTF-8 are characters of their own") {
  CHECK(gpt2("a\xff\xfe b") == Words{"a", "\xff\xfe", " b"});
  CHECK(gpt2("\xe4\xbd") == Words{"\xe4\xbd"});
  CHECK(gpt2("a\xc3") == Words{"a", "\xc3"});
}

TEST_CASE("digits can be split one by one") {
  CHECK(digits("in 2024") == Words{"in", " ", "2", "0", "2", "4"});
  CHECK(digits("a  1") == Words{"a", "  ", "1"});
  CHECK(digits("1's\u00bd") == Words{"1", "'s", "\u00bd"});
  CHECK(split({btx::DigitsSpec{false}, btx::ByteLevelSpec{}}, "a 12 b") ==
        Words{"a", " ", "12", " b"});
}

TEST_CASE("the words of any bytes are those bytes") {
  std::mt19937 random(1);
  for (int i = 0; i < 500; ++i) {
    const std::string bytes = btx_test::random_bytes(random, i % 40);
    std::string joined;
    for (const auto& word : digits(bytes)) {
      CHECK_FALSE(word.empty());
      joined += word;
    }
    CHECK(joined == bytes);
  }
}
