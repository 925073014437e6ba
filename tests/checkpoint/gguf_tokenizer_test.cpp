// Vocabularies inside GGUF files written here.
#include "checkpoint/gguf/gguf_tokenizer.hpp"

#include "checkpoint/gguf_writer.hpp"
#include "pretokenizer/byte_alphabet.hpp"
#include "tokenizer/tokenizer.hpp"

#include <btx/error.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <functional>

using namespace btx;
using namespace btx_test;
using Ids = std::vector<std::int32_t>;

namespace {

const std::string kKey = "tokenizer.ggml.";
constexpr std::uint32_t kInt32 = 5, kFloat32 = 6;

struct Vocabulary {
  std::string model = "gpt2", pre = "smollm";
  std::vector<std::string> tokens, merges;
  std::vector<float> scores;
  std::vector<std::int32_t> types;
  std::int32_t bos = 0, eos = 0;
  bool add_bos = false;

  fs::path save() const {
    GgufWriter w;
    w.header(0, 9).field(kKey + "model", model).field(kKey + "pre", pre);
    w.field(kKey + "tokens", tokens).field(kKey + "merges", merges);
    w.numbers(kKey + "scores", kFloat32, scores).numbers(kKey + "token_type", kInt32, types);
    w.field(kKey + "bos_token_id", static_cast<std::uint32_t>(bos));
    w.field(kKey + "eos_token_id", static_cast<std::uint32_t>(eos));
    w.field(kKey + "add_bos_token", add_bos).pad();
    return w.save("vocabulary");
  }
  Tokenizer read() const { return gguf_tokenizer(GgufFile(save())); }
};

/// A control token, the 256 bytes, "ab" and a token of the user's.
Vocabulary byte_level() {
  Vocabulary v;
  v.tokens = {"<eos>"};
  for (int byte = 0; byte < 256; ++byte) {
    v.tokens.push_back(to_visible(std::string(1, static_cast<char>(byte))));
  }
  v.tokens.insert(v.tokens.end(), {"ab", "[me]"});
  v.merges = {"a b"};
  v.types.assign(v.tokens.size(), 1);
  v.types.front() = 3;
  v.types.back() = 4;
  return v;
}

/// Like Llama 2's: unknown, control, bytes, pieces with scores.
Vocabulary pieces() {
  Vocabulary v;
  v.model = "llama";
  v.tokens = {"<unk>", "<s>", "</s>", "<0xC3>",  "<0xA9>",  "\u2581",
              "a",     "b",   "ab",   "\u2581a", "\u2581ab"};
  v.scores = {0, 0, 0, 0, 0, -9, -10, -11, -1, -2, -3};
  v.types = {2, 3, 3, 6, 6, 1, 1, 1, 1, 1, 1};
  v.bos = 1;
  v.eos = 2;
  v.add_bos = true;
  return v;
}

std::string refusal(const Vocabulary& vocabulary) {
  try {
    vocabulary.read();
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

bool refused(Vocabulary vocabulary, const std::function<void(Vocabulary&)>& change,
             const std::string& what) {
  change(vocabulary);
  const std::string message = refusal(vocabulary);
  INFO(message);
  return message.find("vocabulary.gguf") != std::string::npos &&
         message.find(what) != std::string::npos;
}

}  // namespace

TEST_CASE("a byte-level vocabulary") {
  auto vocabulary = byte_level();
  const auto tokenizer = vocabulary.read();
  CHECK(tokenizer.encode("ab1") == Ids{257, 1 + '1'});
  CHECK(tokenizer.encode("x[me]") == Ids{1 + 'x', 258});  // a user's token is text
  CHECK(tokenizer.encode("<eos>", {.split_special = true}) == Ids{0});
  CHECK(tokenizer.encode("<eos>").size() == 5);
  CHECK(tokenizer.encode("a", {.add_special = true}) == Ids{1 + 'a'});
  CHECK(tokenizer.eos_id() == 0);
  vocabulary.add_bos = true;
  CHECK(vocabulary.read().encode("a", {.add_special = true}) == Ids{0, 1 + 'a'});
}

TEST_CASE("documents end in the token that the file names, whatever it is called") {
  auto vocabulary = byte_level();
  vocabulary.eos = 258;
  vocabulary.pre = "tekken";
  const auto tokenizer = vocabulary.read();
  CHECK(tokenizer.eos_id() == 258);
  CHECK(tokenizer.told_end() == "[me]");
  CHECK(tokenizer.encode("ab") == Ids{257});
  vocabulary.eos = 999;  // of no token
  CHECK(vocabulary.read().told_end().empty());
}

TEST_CASE("a vocabulary of scored pieces merges the highest score first") {
  const auto tokenizer = pieces().read();
  // "ab" (-1) goes before "_a" (-2), and "_ab" can be made of "_" and "ab".
  CHECK(tokenizer.encode("ab") == Ids{10});
  CHECK(tokenizer.encode("b") == Ids{5, 7});
  CHECK(tokenizer.encode("\u00e9") == Ids{5, 3, 4});
  CHECK(tokenizer.encode("a", {.add_special = true}) == Ids{1, 9});
  CHECK(tokenizer.decode(tokenizer.encode("ab \u00e9")) == "ab \u00e9");
}

TEST_CASE("what is wrong with a vocabulary is named with its key") {
  CHECK(refused(
      byte_level(), [](auto& v) { v.model = "bert"; }, "'bert' is not supported; known: gpt2"));
  CHECK(refused(
      byte_level(), [](auto& v) { v.pre = "viking"; },
      "'viking' is not supported; known: default"));
  CHECK(refused(
      byte_level(), [](auto& v) { v.merges = {"a c"}; }, "'tokenizer.ggml.merges'[0]: 'a c'"));
  CHECK(refused(
      byte_level(), [](auto& v) { v.merges = {"ab"}; }, "does not merge two tokens"));
  CHECK(refused(
      byte_level(), [](auto& v) { v.merges = {""}; }, "does not merge two tokens"));
  CHECK(refused(
      byte_level(), [](auto& v) { v.tokens.back() = "ab"; }, "the same token as an earlier one"));
  CHECK(refused(
      byte_level(), [](auto& v) { v.tokens.back() = "\xff"; }, "need UTF-8 text"));
  CHECK(refused(
      byte_level(), [](auto& v) { v.tokens.back() = ""; }, "must not be empty"));
  CHECK(refused(
      byte_level(), [](auto& v) { v.types.pop_back(); }, "has 258 entries for 259 tokens"));
  CHECK(refused(
      byte_level(),
      [](auto& v) {
        v.add_bos = true;
        v.bos = 999;
      },
      "is 999, of 259 tokens"));
  CHECK(refused(
      pieces(), [](auto& v) { v.scores.pop_back(); }, "need 11 finite numbers"));
  CHECK(refused(
      pieces(), [](auto& v) { v.scores[3] = NAN; }, "need 11 finite numbers"));
  CHECK(refused(
      pieces(), [](auto& v) { v.tokens.back() = std::string(5000, 'a'); },
      "more than 4,096 bytes"));
}
