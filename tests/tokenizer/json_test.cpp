#include "sample.hpp"

#include "base/log_level.hpp"
#include "tokenizer/json/tokenizer_json.hpp"

#include <btx/error.hpp>

#include <doctest/doctest.h>

using btx_test::kTiny;
using btx_test::tiny_with;

TEST_CASE("what is written is read back the same") {
  const auto tokenizer = btx_test::trained();
  const auto again = btx::Tokenizer::parse(tokenizer.file_text(), "again");
  CHECK(again.file_text() == tokenizer.file_text());
  for (const auto& text : btx_test::english()) {
    CHECK(again.encode(text, {.split_special = true}) ==
          tokenizer.encode(text, {.split_special = true}));
  }
  const auto tiny = btx::Tokenizer::parse(kTiny, "tiny");
  CHECK(btx::Tokenizer::parse(tiny.file_text(), "again").file_text() == tiny.file_text());
}

TEST_CASE("every step that can be read is written the same") {
  btx::TokenizerSpec spec;
  spec.tokens = {"a", "b", "ab", "\u2581", "<s>", "</s>"};
  spec.merges = {{0, 1, 2}};
  spec.added = {{.id = 4, .content = "<s>", .lstrip = true, .rstrip = true, .in_vocab = false},
                {.id = 5, .content = "</s>", .normalized = true}};
  spec.normalizers = {btx::NfcSpec{}, btx::ReplaceSpec{" ", "\u2581"}, btx::PrependSpec{"x"}};
  spec.decoders = {btx::ReplaceSpec{"\u2581", " "}, btx::ByteFallbackSpec{}, btx::FuseSpec{},
                   btx::StripSpec{" ", 1, 2}};
  spec.around = {{4}, {5, 5}};
  spec.unk_token = "</s>";
  spec.fuse_unk = spec.byte_fallback = spec.ignore_merges = true;
  const auto again = [](const btx::TokenizerSpec& given) {
    return btx::read_tokenizer_json(btx::write_tokenizer_json(given), "again");
  };
  CHECK(again(spec) == spec);
  for (const auto prepend :
       {btx::MetaspaceSpec::Prepend::always, btx::MetaspaceSpec::Prepend::first,
        btx::MetaspaceSpec::Prepend::never}) {
    spec.pretokenizers = {
        btx::MetaspaceSpec{"_", prepend, prepend == btx::MetaspaceSpec::Prepend::first}};
    spec.decoders = {btx::MetaspaceSpec{"_", prepend, true}};
    CHECK(again(spec) == spec);
  }
  spec.byte_fallback = false;
  for (const auto pattern :
       {btx::WordPattern::gpt2, btx::WordPattern::llama3, btx::WordPattern::qwen2}) {
    spec.pretokenizers = {btx::DigitsSpec{false}, btx::PunctuationSpec{}, btx::SplitSpec{pattern},
                          btx::ByteLevelSpec{false, false}};
    CHECK(again(spec) == spec);
  }
  spec.pretokenizers = {btx::ByteLevelSpec{true, true}};
  CHECK(again(spec) == spec);
}

TEST_CASE("ids may have holes, which have no token") {
  const auto tokenizer = btx::Tokenizer::parse(
      btx_test::tiny_with(R"("id": 3, "content": "<eos>")", R"("id": 7, "content": "<eos>")"), "t");
  CHECK(tokenizer.vocab_size() == 8);
  CHECK(tokenizer.word_ids() == 3);
  CHECK(tokenizer.encode("ab<eos>a", {.split_special = true}) ==
        std::vector<std::int32_t>{2, 7, 0});
  CHECK(tokenizer.decode(std::vector<std::int32_t>{2, 5, 0, 7}, true) == "aba<eos>");
  CHECK_FALSE(tokenizer.token_id(""));
  CHECK(btx::Tokenizer::parse(tokenizer.file_text(), "again") == tokenizer);
}

TEST_CASE("older and harmless forms are accepted") {
  CHECK(btx_test::refusal(kTiny) == "");
  CHECK(btx_test::refusal(tiny_with(R"(["a", "b"])", R"("a b")")) == "");
  CHECK(btx_test::refusal(
            tiny_with(R"("truncation": null)", R"("truncation": {"max_length": 8})")) == "");
  CHECK(btx_test::refusal(tiny_with(R"("post_processor": null)",
                                    R"("post_processor": {"type": "TemplateProcessing", "single":
                             [{"Sequence": {"id": "A", "type_id": 0}}], "special_tokens": {}})")) ==
        "");
}

TEST_CASE("no bytes crash the reader") {
  btx::set_log_level(btx::LogLevel::error);
  std::mt19937 random(11);
  const std::string pieces = "{}[]\",:0129-.eabtrufalsn\\ \n";
  int read = 0;
  for (int i = 0; i < 5000; ++i) {
    std::string text = i % 10 == 0 ? btx_test::random_bytes(random, random() % 64) : kTiny;
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
      tokenizer.decode(tokenizer.encode("abba <eos>", {.split_special = true}));
      ++read;
    } catch (const btx::Error&) {  // the only exception there may be
    }
  }
  btx::set_log_level(btx::LogLevel::info);
  CHECK(read > 20);
  CHECK(read < 5000);
}
