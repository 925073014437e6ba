// Requests as tokens, where text and tokens do not end at the same places.
#include "eval/encode_request.hpp"

#include "eval/generation/generate.hpp"
#include "support.hpp"
#include "tokenizer/sample.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace btx;
using namespace btx_test;

namespace {

/// Bytes, and "hello", which has no token that texts begin with.
Tokenizer hello_tokenizer() {
  const std::vector<std::string> texts = {"hello hello hello"};
  return train_bpe(texts, {.vocab_size = 261});
}

Request asked(const std::string& context, const std::string& continuation) {
  return {context, continuation, 0, {}, "set.jsonl:3"};
}

std::vector<std::int32_t> ids_of(const EncodedRequest& encoded) {
  return {encoded.ids.begin(), encoded.ids.end()};
}

/// Characters and a sign for a space, as Llama 2's tokenizer.json has it: a space is put before a
/// text and taken from what is decoded.
Tokenizer spaced_tokenizer() {
  TokenizerSpec spec;
  spec.tokens = {"<unk>", "<s>", "</s>", "\u2581", "a", "b"};
  for (std::int32_t id = 0; id < 3; ++id) {
    spec.added.push_back({.id = id, .content = spec.tokens[static_cast<std::size_t>(id)]});
  }
  spec.normalizers = {PrependSpec{"\u2581"}, ReplaceSpec{" ", "\u2581"}};
  spec.decoders = {ReplaceSpec{"\u2581", " "}, FuseSpec{}, StripSpec{" ", 1, 0}};
  spec.around.before = {1};
  spec.unk_token = "<unk>";
  return Tokenizer(spec);
}

}  // namespace

TEST_CASE("a continuation that is one token together with its context is scored by itself") {
  const Tokenizer tokenizer = hello_tokenizer();
  REQUIRE(tokenizer.encode("hello").size() == 1);
  const auto encoded = encode_request(tokenizer, asked("hel", "lo"));
  CHECK(encoded.first == 1);
  CHECK(ids_of(encoded) ==
        std::vector<std::int32_t>{tokenizer.eos_id(), tokenizer.encode("hello")[0]});
}

TEST_CASE("a token that reaches over the end of the context belongs to the continuation") {
  const Tokenizer tokenizer = hello_tokenizer();
  const auto encoded = encode_request(tokenizer, asked("x hel", "lo"));
  CHECK(encoded.first < encoded.ids.size());
  CHECK(tokenizer.decode(ids_of(encoded)) == "x hello");
}

TEST_CASE("white space at the context's end goes to the continuation; nothing but it is refused") {
  const Tokenizer tokenizer = hello_tokenizer();
  CHECK(ids_of(encode_request(tokenizer, asked("x \n", "y"))) ==
        ids_of(encode_request(tokenizer, asked("x", " \ny"))));
  CHECK(encode_request(tokenizer, asked("x \n", "y")).first == 1);
  const auto refused = caught([&] { encode_request(tokenizer, asked(" \n", "y")); });
  CHECK(refused.code == ExitCode::usage);
  CHECK(contains(refused.message, "set.jsonl:3: the context is white space alone"));
}

TEST_CASE("nothing goes before a context where the tokenizer has no template") {
  TokenizerSpec spec = byte_spec();
  spec.pretokenizers = {ByteLevelSpec{.add_prefix_space = true}};  // "" would be a space
  spec.tokens.emplace_back("</s>");
  spec.added = {{.id = 256, .content = "</s>", .in_vocab = false}};
  const auto ids = [](const TokenizerSpec& s) {
    return ids_of(encode_request(Tokenizer(s), asked("a", "b")));
  };
  CHECK(ids(spec) == std::vector<std::int32_t>{' ', 'a', 'b'});
  CHECK(encode_prompt(Tokenizer(spec), asked("a", "")) == std::vector<std::int64_t>{' ', 'a'});
  spec.around.after = {256};  // what goes behind a text is no reason either
  CHECK(ids(spec) == std::vector<std::int32_t>{' ', 'a', 'b'});
  spec.around.before = {256};
  CHECK(ids(spec) == std::vector<std::int32_t>{256, ' ', 'a', 'b'});
}

TEST_CASE("an id without a row in the embedding is refused with place and token") {
  const Tokenizer tokenizer = hello_tokenizer();
  const std::vector<std::int64_t> ids = {3, 260, 7};
  check_ids(ids, 261, tokenizer, "set.jsonl:3");
  const auto refused = caught([&] { check_ids(ids, 260, tokenizer, "set.jsonl:3"); });
  CHECK(refused.code == ExitCode::usage);
  CHECK(contains(refused.message, "set.jsonl:3: token '" + tokenizer.token(260) +
                                      "' has the id 260, and the model's embedding has 260 rows"));
}

TEST_CASE("a context loses its beginning to fit the window, a continuation nothing") {
  const Tokenizer tokenizer = hello_tokenizer();
  EncodedRequest encoded = encode_request(tokenizer, asked("abcdef", "gh"));
  EncodedRequest same = encoded;
  CHECK(fit_window(same, "set.jsonl:3", 7) == 0);
  CHECK(fit_window(encoded, "set.jsonl:3", 4) == 3);
  CHECK(tokenizer.decode(ids_of(encoded)) == "defgh");
  CHECK(encoded.first == 3);
  const auto refused = caught([&] { fit_window(encoded, "set.jsonl:3", 1); });
  CHECK(contains(refused.message, "set.jsonl:3: the continuation has 2 tokens"));
}

TEST_CASE("what is written after a prompt keeps the space that a text would lose") {
  const Tokenizer tokenizer = spaced_tokenizer();
  const std::vector<std::int32_t> written = {3, 4, 3, 5};
  REQUIRE(tokenizer.decode(written) == "a b");
  const auto prompt = encode_prompt(tokenizer, asked("ab", ""));
  CHECK(text_after(tokenizer, prompt, written) == " a b");
  const std::vector<std::int64_t> start = {1};
  CHECK(text_after(tokenizer, start, written) == "a b");
  CHECK(text_after(tokenizer, {}, written) == "a b");
  CHECK(text_after(tokenizer, prompt, {}).empty());
}
