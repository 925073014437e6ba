#include "sample.hpp"

#include <doctest/doctest.h>

using btx_test::refusal;
using btx_test::tiny_with;

TEST_CASE("what is not supported is refused by name") {
  CHECK(
      refusal(tiny_with(R"("normalizer": null)", R"("normalizer": {"type": "NFKC"})")) ==
      "t.json: normalizer: 'NFKC' is not supported; known: null, Sequence, NFC, Replace, Prepend");
  CHECK(refusal(tiny_with(R"("type": "BPE")", R"("type": "Unigram")")) ==
        "t.json: model.type: 'Unigram' is not supported; known: BPE");
  CHECK(refusal(tiny_with(R"("byte_fallback": false)", R"("byte_fallback": true)")) ==
        "t.json: model: byte_fallback with a ByteLevel pre-tokenizer is not supported");
  CHECK(refusal(tiny_with(R"("dropout": null)", R"("dropout": 0.1)")) ==
        "t.json: model.dropout: is not supported; need null");
  CHECK(refusal(tiny_with(R"("unk_token": null)", R"("unk_token": "<unk>")")) ==
        "t.json: model.unk_token: '<unk>' is not in model.vocab");
  CHECK(refusal(tiny_with(R"("single_word": false)", R"("single_word": true)")) ==
        "t.json: added_tokens[0].single_word: true is not supported; need false");
  CHECK(refusal(tiny_with(R"("padding")", R"("pading")")) ==
        "t.json: 'pading' is not known here; did you mean 'padding'?");
}

TEST_CASE("what is malformed is refused with its place") {
  CHECK(refusal("").starts_with("t.json: not JSON: parse error at line 1, column 1"));
  CHECK(refusal("[]") == "t.json: need an object, got array");
  CHECK(refusal("{}") == "t.json: need a member 'decoder'");
  CHECK(refusal(tiny_with(R"("b": 1)", R"("b": 0)")) ==
        "t.json: model.vocab.b: ids must differ: 'a' and 'b' both have 0");
  CHECK(refusal(tiny_with(R"("b": 1)", R"("b": 65540)")) ==
        "t.json: model.vocab.b: need an id in 0..65539, got 65540");
  CHECK(refusal(tiny_with(R"("b": 1)", R"("b": -1)")) ==
        "t.json: model.vocab.b: need an id in 0..65539, got -1");
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
        "t.json: added_tokens[0]: 'ab' has id 3, but 2 in model.vocab");
  CHECK(refusal(tiny_with(R"("id": 3, "content": "<eos>")", R"("id": 2, "content": "ab")")) ==
        "t.json: added_tokens[0]: special token 'ab' is also a merge of the model, so plain text "
        "could become it; this is not supported");
  CHECK(refusal(tiny_with(R"({"a": 0, "b": 1, "ab": 2})", "{}")) ==
        "t.json: model.vocab: need at least one token");
  CHECK(refusal(std::string(200000, '[')).starts_with("t.json: not JSON"));
}

TEST_CASE("what is not JSON is refused in few words, however long it is") {
  const std::string said = refusal("{\"version\": \"" + std::string(50'000, 'x') + "\\q\"}");
  CHECK(said.starts_with("t.json: not JSON: parse error at line 1, column 50015"));
  CHECK(said.ends_with("xx\\q'"));
  CHECK(said.size() < 300);
}

TEST_CASE("steps that let a text grow without bound are refused") {
  std::string steps;
  for (int i = 0; i < 7; ++i) {
    steps += R"({"type": "Replace", "pattern": {"String": "a"}, "content": "aa"},)";
  }
  steps.pop_back();
  CHECK(
      refusal(tiny_with(R"("normalizer": null)",
                        R"("normalizer": {"type": "Sequence", "normalizers": [)" + steps + "]}")) ==
      "t.json: normalizer: its Replace steps could make a text more than 64 times as long");
}

TEST_CASE("a pre-tokenizer that is not supported is refused by name") {
  const auto with = [](const std::string& json) {
    return refusal(
        tiny_with(R"({"type": "ByteLevel", "add_prefix_space": false, "use_regex": true})", json));
  };
  CHECK(with(R"({"type": "Whitespace"})") ==
        "t.json: pre_tokenizer: 'Whitespace' is not supported; known: Sequence, Digits, "
        "Punctuation, Split, ByteLevel, Metaspace");
  CHECK(with(R"({"type": "Split", "pattern": {"Regex": "x+"}, "behavior": "Isolated",
                 "invert": false})") ==
        "t.json: pre_tokenizer.pattern.Regex: the pattern 'x+' is not supported; known: those of "
        "GPT-2, Llama 3, Qwen 2 and Mistral's Tekken");
  CHECK(with(R"({"type": "Split", "pattern": {"Regex": "x+"}, "behavior": "Removed",
                 "invert": false})") ==
        "t.json: pre_tokenizer: behavior 'Removed' with invert false is not supported; known: "
        "Isolated, and Removed with invert true");
  CHECK(with(R"({"type": "Punctuation", "behavior": "Removed"})") ==
        "t.json: pre_tokenizer.behavior: 'Removed' is not supported; known: Isolated");
  CHECK(with(R"({"type": "Metaspace", "replacement": "ab"})") ==
        "t.json: pre_tokenizer.replacement: need one character");
  CHECK(with(R"({"type": "Metaspace", "replacement": "_", "prepend_scheme": "last"})") ==
        "t.json: pre_tokenizer.prepend_scheme: 'last' is not supported; known: always, first, "
        "never");
  const std::string bytes = R"({"type": "ByteLevel", "add_prefix_space": false})";
  const std::string digits = R"({"type": "Digits"})";
  const auto sequence = [&](const std::string& items) {
    return with(R"({"type": "Sequence", "pretokenizers": [)" + items + "]}");
  };
  CHECK(sequence(bytes + "," + digits) == "t.json: pre_tokenizer: need ByteLevel as the last step");
  CHECK(sequence(digits + "," + R"({"type": "ByteLevel", "add_prefix_space": true})") ==
        "t.json: pre_tokenizer: ByteLevel with add_prefix_space after another step is not "
        "supported");
  CHECK(sequence(R"({"type": "Metaspace", "replacement": "_"},)" + digits) ==
        "t.json: pre_tokenizer: Metaspace beside other steps is not supported");
}

TEST_CASE("a post-processor that is not supported is refused by name") {
  const auto with = [](const std::string& json) {
    return refusal(tiny_with(R"("post_processor": null)", R"("post_processor": )" + json));
  };
  CHECK(with(R"({"type": "BertProcessing"})") ==
        "t.json: post_processor: 'BertProcessing' is not supported; known: null, Sequence, "
        "ByteLevel, TemplateProcessing");
  CHECK(with(R"({"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<eos>"}}]})") ==
        "t.json: post_processor.single[0]: '<eos>' is not among special_tokens");
  CHECK(with(R"({"type": "TemplateProcessing", "single": []})") ==
        "t.json: post_processor.single: need a Sequence");
  CHECK(with(R"({"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<eos>"}},
                 {"Sequence": {}}], "special_tokens": {"<eos>": {"ids": [7]}}})") ==
        "t.json: post_processor.special_tokens.<eos>.ids[0]: need an id in 0..3, got 7");
}

TEST_CASE("a decoder that is not supported is refused by name") {
  const auto with = [](const std::string& json) {
    return refusal(tiny_with(R"("decoder": {"type": "ByteLevel"})", R"("decoder": )" + json));
  };
  CHECK(with(R"({"type": "WordPiece"})") ==
        "t.json: decoder: 'WordPiece' is not supported; known: Sequence, ByteLevel, Metaspace, "
        "Replace, ByteFallback, Fuse, Strip");
  CHECK(with("null") != "");
  CHECK(with(R"({"type": "Sequence", "decoders": []})") ==
        "t.json: decoder: need at least one decoder");
  CHECK(with(R"({"type": "Strip", "content": " ", "start": -1, "stop": 0})") ==
        "t.json: decoder.start: need an integer in 0..2147483647, got -1");
  CHECK(with(R"({"type": "Replace", "pattern": {"Regex": "x"}, "content": ""})") ==
        "t.json: decoder.pattern: 'Regex' is not known here");
}
