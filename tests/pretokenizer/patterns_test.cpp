// The patterns that are scanned by hand, against PCRE2 on the same regular expressions.
#define PCRE2_CODE_UNIT_WIDTH 8
#include "pretokenizer/pretokenizer.hpp"
#include "pretokenizer/word_patterns.hpp"
#include "tokenizer/sample.hpp"

#include <doctest/doctest.h>
#include <pcre2.h>

#include <array>
#include <memory>

namespace {

using Words = std::vector<std::string>;

Words by_pcre2(std::string_view pattern, const std::string& text) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  const std::unique_ptr<pcre2_code, decltype(&pcre2_code_free)> code(
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                    PCRE2_UTF | PCRE2_UCP, &error, &offset, nullptr),
      &pcre2_code_free);
  REQUIRE(code != nullptr);
  const std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> match(
      pcre2_match_data_create_from_pattern(code.get(), nullptr), &pcre2_match_data_free);
  Words words;
  for (std::size_t at = 0; at < text.size();) {
    REQUIRE(pcre2_match(code.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), at,
                        PCRE2_ANCHORED, match.get(), nullptr) > 0);
    const PCRE2_SIZE end = pcre2_get_ovector_pointer(match.get())[1];
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

Words by_hand(btx::WordPattern pattern, std::string_view text) {
  Words words;
  btx::make_pretokenizer({btx::SplitSpec{pattern}})->split(text, [&](std::string_view word) {
    words.emplace_back(word);
  });
  return words;
}

/// Every kind of character that a pattern tells apart, of one to four bytes.
constexpr std::array kPieces = {
    "a",      "Z",      "s",          "T",          "re",         "VE",        "lL",     "D",
    "m",      "'",      "'s",         "'S",         "'\u017f",    "0",         "7",      "12345",
    " ",      "  ",     "\n",         "\r\n",       "\t",         "\v",        "\u00a0", "\u3000",
    "\u2028", "\u0085", ".",          "?!",         "-",          "_",         "\u00e9", "\u4f60",
    "\u0301", "\u200d", "\U0001f600", "\u0664",     "\u00b2",     "\u2167",    "\u0e01", "\u0939",
    "\u0bbe", "\x01",   "\u05d0",     "\U00010330", "$",          "/",         "\u01c5", "\u02b0",
    "\u0903", "\u10d0", "\u1c90",     "\u00aa",     "\U00010400", "\U00010428"};

}  // namespace

TEST_CASE("the patterns cut random text as PCRE2 does") {
  std::mt19937 random(29);
  for (const auto pattern : {btx::WordPattern::gpt2, btx::WordPattern::llama3,
                             btx::WordPattern::qwen2, btx::WordPattern::tekken}) {
    for (int i = 0; i < 4000; ++i) {
      std::string text;
      for (auto left = random() % 24; left > 0; --left) text += kPieces[random() % kPieces.size()];
      CAPTURE(text);
      CHECK(by_hand(pattern, text) == by_pcre2(btx::pattern_text(pattern), text));
    }
  }
}

TEST_CASE("Llama 3 cuts numbers in threes and keeps newlines with what they end") {
  const auto words = [](std::string_view text) { return by_hand(btx::WordPattern::llama3, text); };
  CHECK(words("in 20245") == Words{"in", " ", "202", "45"});
  CHECK(words("a.\n\n b") == Words{"a", ".\n\n", " b"});
  CHECK(words("I'LL  go") == Words{"I", "'LL", " ", " go"});
  CHECK(by_hand(btx::WordPattern::qwen2, "in 20") == Words{"in", " ", "2", "0"});
}

TEST_CASE("Tekken cuts words where capitals begin, and marks go with both") {
  const auto words = [](std::string_view text) { return by_hand(btx::WordPattern::tekken, text); };
  CHECK(words("HTMLParser helloWorld") == Words{"HTMLParser", " hello", "World"});
  CHECK(words("a/b//\n/ x12") == Words{"a", "/b", "//\n/", " x", "1", "2"});
  CHECK(words("AB\u304b\u6f22C\u0301D") == Words{"AB\u304b\u6f22C\u0301", "D"});
  CHECK(words("\u0301AB \u0301b") == Words{"\u0301", "AB", " \u0301b"});
  CHECK(words("don't") == Words{"don", "'t"});
}

TEST_CASE("a pattern is known by its text") {
  for (const auto pattern : {btx::WordPattern::gpt2, btx::WordPattern::llama3,
                             btx::WordPattern::qwen2, btx::WordPattern::tekken}) {
    CHECK(btx::pattern_of(btx::pattern_text(pattern)) == pattern);
  }
  CHECK(btx::pattern_of("\\w+") == std::nullopt);
}
