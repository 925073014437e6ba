#include "sample.hpp"

#include <btx/error.hpp>
#include "base/log_level.hpp"

#include <doctest/doctest.h>

using btx::test::kTiny;
using btx::test::tiny_with;

namespace {

/// The message with which a text is refused; "" if it is not.
std::string refusal(const std::string& json) {
  try {
    btx::Tokenizer::parse(json, "t.json");
    return "";
  } catch (const btx::Error& error) {
    CHECK(error.code() == btx::ExitCode::usage);
    return error.what();
  }
}

}  // namespace

TEST_CASE("what is written is read back the same") {
  const auto tokenizer = btx::test::trained();
  const auto again = btx::Tokenizer::parse(tokenizer.to_json(), "again");
  CHECK(again.to_json() == tokenizer.to_json());
  for (const auto& text : btx::test::english()) {
    CHECK(again.encode(text, true) == tokenizer.encode(text, true));
  }
  const auto tiny = btx::Tokenizer::parse(kTiny, "tiny");
  CHECK(btx::Tokenizer::parse(tiny.to_json(), "again").to_json() == tiny.to_json());
}

TEST_CASE("older and harmless forms are accepted") {
  CHECK(refusal(kTiny) == "");
  CHECK(refusal(tiny_with(R"(["a", "b"])", R"("a b")")) == "");
  CHECK(refusal(tiny_with(R"("truncation": null)", R"("truncation": {"max_length": 8})")) == "");
  CHECK(refusal(tiny_with(R"("post_processor": null)",
                          R"("post_processor": {"type": "TemplateProcessing", "single":
                             [{"Sequence": {"id": "A", "type_id": 0}}], "special_tokens": {}})")) ==
        "");
}

TEST_CASE("what is not supported is refused by name") {
  CHECK(refusal(tiny_with(R"("normalizer": null)", R"("normalizer": {"type": "NFC"})")) ==
        "t.json: normalizer: 'NFC' is not supported; known: null");
  CHECK(refusal(tiny_with(R"("type": "BPE")", R"("type": "Unigram")")) ==
        "t.json: model.type: 'Unigram' is not supported; known: BPE");
  CHECK(refusal(tiny_with(R"({"type": "ByteLevel", "add)", R"({"type": "Metaspace", "add)")) ==
        "t.json: pre_tokenizer: 'Metaspace' is not supported; known: Sequence, Digits, ByteLevel");
  CHECK(refusal(tiny_with(R"("use_regex": true)", R"("use_regex": false)")) ==
        "t.json: pre_tokenizer.use_regex: false is not supported; need true");
  CHECK(refusal(tiny_with(R"("byte_fallback": false)", R"("byte_fallback": true)")) ==
        "t.json: model.byte_fallback: true is not supported; need false");
  CHECK(refusal(tiny_with(R"("dropout": null)", R"("dropout": 0.1)")) ==
        "t.json: model.dropout: is not supported; need null");
  CHECK(refusal(tiny_with(R"("unk_token": null)", R"("unk_token": "<unk>")")) ==
        "t.json: model.unk_token: is not supported; need null");
  CHECK(refusal(tiny_with(R"("lstrip": false)", R"("lstrip": true)")) ==
        "t.json: added_tokens[0].lstrip: true is not supported; need false");
  CHECK(refusal(tiny_with(R"("post_processor": null)",
                          R"("post_processor": {"type": "TemplateProcessing",
                             "single": [{"SpecialToken": {"id": "<eos>"}}]})")) ==
        "t.json: post_processor.single[0]: a template that adds tokens is not supported");
  CHECK(refusal(tiny_with(R"("padding")", R"("pading")")) ==
        "t.json: 'pading' is not known here; did you mean 'padding'?");
}

TEST_CASE("what is malformed is refused with its place") {
  CHECK(refusal("").starts_with("t.json: not JSON: parse error at line 1, column 1"));
  CHECK(refusal("[]") == "t.json: need an object, got array");
  CHECK(refusal("{}") == "t.json: need a member 'decoder'");
  CHECK(refusal(tiny_with(R"("b": 1)", R"("b": 0)")) ==
        "t.json: model.vocab.b: ids must differ: 'a' and 'b' both have 0");
  CHECK(refusal(tiny_with(R"("b": 1)", R"("b": 9)")) ==
        "t.json: model.vocab.b: need an id in 0..3, as there are 4 tokens, got 9");
  CHECK(refusal(tiny_with(R"("b": 1)", R"("b": -1)")) ==
        "t.json: model.vocab.b: need an id in 0..3, as there are 4 tokens, got -1");
  CHECK(refusal(tiny_with(R"("b": 1)", R"("b": 1.5)")) ==
        "t.json: model.vocab.b: need a token id, got number");
  CHECK(refusal(tiny_with(R"("b": 1)", R"("b": 18446744073709551615)"))
            .ends_with("got 18446744073709551615"));
  CHECK(refusal(tiny_with(R"(["a", "b"])", R"(["a", "c"])")) ==
        "t.json: model.merges[0]: 'c' is not in model.vocab");
  CHECK(refusal(tiny_with(R"(["a", "b"])", R"(["b", "a"])")) ==
        "t.json: model.merges[0]: 'ba' is not in model.vocab");
  CHECK(refusal(tiny_with(R"(["a", "b"])", R"(["a", "b"], ["a", "b"])")) ==
        "t.json: model.merges[1]: 'a' and 'b' are merged twice");
  CHECK(refusal(tiny_with(R"(["a", "b"])", R"(["a"])")) ==
        "t.json: model.merges[0]: need 2 tokens, got 1");
  CHECK(refusal(tiny_with(R"("content": "<eos>")", R"("content": "ab")")) ==
        "t.json: added_tokens[0].id: need an id in 0..2, as there are 3 tokens, got 3");
  CHECK(refusal(tiny_with(R"("id": 3, "content": "<eos>")", R"("id": 2, "content": "ab")")) ==
        "t.json: added_tokens[0]: special token 'ab' is also a merge of the model, so plain text "
        "could become it; this is not supported");
  CHECK(refusal(tiny_with(R"({"a": 0, "b": 1, "ab": 2})", "{}")) ==
        "t.json: model.vocab: need at least one token");
  CHECK(refusal(std::string(200000, '[')).starts_with("t.json: not JSON"));
}

TEST_CASE("no bytes crash the reader") {
  btx::set_log_level(btx::LogLevel::error);
  std::mt19937 random(11);
  const std::string pieces = "{}[]\",:0129-.eabtrufalsn\\ \n";
  for (int i = 0; i < 5000; ++i) {
    std::string text = i % 10 == 0 ? btx::test::random_bytes(random, random() % 64) : kTiny;
    for (auto edits = 1 + random() % 4; edits > 0 && !text.empty(); --edits) {
      const std::size_t at = random() % text.size();
      switch (random() % 4) {
        case 0: text[at] = static_cast<char>(random()); break;
        case 1: text[at] = pieces[random() % pieces.size()]; break;
        case 2: text.erase(at, 1 + random() % 20); break;
        default: text.insert(at, text.substr(random() % text.size(), random() % 40));
      }
    }
    try {
      const auto tokenizer = btx::Tokenizer::parse(text, "t.json");
      tokenizer.decode(tokenizer.encode("abba <eos>", true));
    } catch (const btx::Error&) {  // the only exception there may be
    }
  }
  btx::set_log_level(btx::LogLevel::info);
}
