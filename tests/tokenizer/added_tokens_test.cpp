// Added tokens are found and decoded as Hugging Face tokenizers 0.23 does; ids are worked out by
// hand after its find_matches().
#include "tokenizer/sample.hpp"

#include <doctest/doctest.h>

#include <chrono>

using namespace btx;
using Ids = std::vector<std::int32_t>;

namespace {

/// Bytes 0 to 255, and tokens from 256 on.
TokenizerSpec bytes_with(const std::vector<AddedTokenSpec>& added) {
  TokenizerSpec spec = btx_test::byte_spec();
  for (AddedTokenSpec token : added) {
    token.id = static_cast<std::int32_t>(spec.tokens.size());
    token.in_vocab = false;
    spec.tokens.push_back(token.content);
    spec.added.push_back(token);
  }
  return spec;
}

Ids split(const TokenizerSpec& spec, const std::string& text) {
  return Tokenizer(spec).encode(text, {.split_special = true});
}

}  // namespace

TEST_CASE("a token that begins in the white space another takes is found") {
  const auto spec = bytes_with({{.content = "<s>", .rstrip = true},
                                {.content = " <sep>"},
                                {.content = "\n\n", .special = false}});
  CHECK(split(spec, "<s>  x") == Ids{256, 'x'});
  CHECK(split(spec, "<s> <sep>x") == Ids{256, 257, 'x'});
  CHECK(split(spec, "<s>\n\nx") == Ids{256, 258, 'x'});
  CHECK(split(spec, "<s>  <sep>x") == Ids{256, 257, 'x'});
  CHECK(split(spec, "a\n\nb <sep>c") == Ids{'a', 258, 'b', 257, 'c'});
  // The search goes on where the later token ends, though the first took more.
  CHECK(split(spec, "<s>\n\n\nx") == Ids{256, 258, '\n', 'x'});
}

TEST_CASE("of tokens that begin at one place the longest is found, in any order they came") {
  const auto spec = bytes_with({{.content = "<a", .special = false},
                                {.content = "<a b>", .special = false},
                                {.content = "<ab", .special = false}});
  CHECK(split(spec, "<a b><ab<a") == Ids{257, 258, 256});
}

TEST_CASE("a token that is found in normalized text is decoded as it stood there") {
  auto spec = bytes_with({});
  spec.tokens = {"\u2581", "a", "b", "<", ">", "<tool>"};
  spec.added = {
      {.id = 5, .content = "<tool>", .special = false, .normalized = true, .in_vocab = false}};
  spec.normalizers = {PrependSpec{"\u2581"}, ReplaceSpec{" ", "\u2581"}};
  spec.pretokenizers = {};
  spec.decoders = {ReplaceSpec{"\u2581", " "}, FuseSpec{}, StripSpec{" ", 1, 0}};
  const Tokenizer tokenizer(spec);
  CHECK(tokenizer.encode("a <tool> b") == Ids{0, 1, 5, 0, 2});
  for (const char* text : {"a <tool> b", "<tool> a", "a  <tool>", "<tool> <tool>"}) {
    CHECK(tokenizer.decode(tokenizer.encode(text)) == text);
  }
}

TEST_CASE("many added tokens take no more than their share of time") {
  std::vector<AddedTokenSpec> added;
  for (int i = 0; i < 40000; ++i) {
    added.push_back({.content = "<tok_" + std::to_string(i) + ">", .special = false});
  }
  const auto begin = std::chrono::steady_clock::now();
  CHECK(split(bytes_with(added), "x<tok_123><tok_39999>") == Ids{'x', 256 + 123, 256 + 39999});
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));  // was minutes
}

TEST_CASE("an empty text has no tokens, also where a space goes before a text") {
  for (const PretokenizerSpec& step :
       std::vector<PretokenizerSpec>{ByteLevelSpec{.add_prefix_space = true}, MetaspaceSpec{}}) {
    auto spec = bytes_with({});
    spec.pretokenizers = {step};
    CHECK(Tokenizer(spec).encode("").empty());
  }
}
