// What the files beside a tokenizer say of its tokens, in the forms that transformers writes.
#include "tokenizer/side_tokens.hpp"

#include "checkpoint/tokenizer_files.hpp"
#include "sample.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

using namespace btx;
using namespace btx_test;
using Ids = std::vector<std::int32_t>;
using Files = std::vector<std::pair<std::string, std::string>>;

namespace {

/// kTiny (a, b, ab, and <eos> of id 3) with files beside it.
fs::path folder_of(const std::string& name, const Files& files, const std::string& json = kTiny) {
  fs::path folder = scratch("side-" + name);
  write_file(folder / "tokenizer.json", json);
  for (const auto& [file, text] : files) write_file(folder / file, text);
  return folder;
}

std::int32_t end_with(const Files& files) {
  return Tokenizer::load(folder_of("end", files)).eos_id();
}

}  // namespace

TEST_CASE("a document ends as config.json says, then the tokenizer's config, then the usual name") {
  const std::pair<std::string, std::string> config = {"config.json", R"({"eos_token_id": [2, 1]})"};
  const std::pair<std::string, std::string> own = {"tokenizer_config.json",
                                                   R"({"eos_token": {"content": "b"}})"};
  const std::pair<std::string, std::string> map = {"special_tokens_map.json",
                                                   R"({"eos_token": "a"})"};
  const std::pair<std::string, std::string> generation = {"generation_config.json",
                                                          R"({"eos_token_id": 0})"};
  CHECK(end_with({}) == 3);
  CHECK(end_with({generation}) == 0);
  CHECK(end_with({generation, map}) == 0);
  CHECK(end_with({generation, own}) == 1);
  CHECK(end_with({generation, own, config, map}) == 2);
  // What the tokenizer does not have, or nobody says, is passed over.
  CHECK(end_with({{"config.json", R"({"eos_token_id": 9})"}, own}) == 1);
  CHECK(end_with({{"config.json", R"({"eos_token_id": null})"}}) == 3);
  CHECK(end_with({{"tokenizer_config.json", R"({"eos_token": "<no>"})"}}) == 3);
  CHECK(error_of([] {
          end_with({{"config.json", "[1]"}});
        }).find("config.json: need a JSON object") != std::string::npos);
}

TEST_CASE("a told end goes along where the tokenizer is copied to") {
  const fs::path from = scratch("side-from"), to = scratch("side-to");
  const auto tokenizer =
      Tokenizer::load(folder_of("told", {{"config.json", R"({"eos_token_id": 2})"}}));
  tokenizer.save(from);
  copy_tokenizer(from, to);
  CHECK(Tokenizer::load(to).eos_id() == 2);
  CHECK(Tokenizer::load(to) == tokenizer);
  CHECK_FALSE(fs::exists(to / "added_tokens.json"));
}

TEST_CASE("added tokens that a tokenizer.json lacks are taken from beside it") {
  const auto with = [](const Files& files) { return Tokenizer::load(folder_of("added", files)); };
  const auto tokenizer =
      with({{"added_tokens.json", R"({"<|im_end|>": 5, "<tool>": 6, "<eos>": 3})"},
            {"special_tokens_map.json", R"({"additional_special_tokens": ["<|im_end|>"]})"}});
  CHECK(tokenizer.encode("a<tool><|im_end|>", {.split_special = true}) == Ids{0, 6, 5});
  CHECK(tokenizer.decode(Ids{0, 6, 5}) == "a<tool>");
  CHECK(tokenizer.added_text().find("<tool>") != std::string::npos);
  const auto decoder = with({{"tokenizer_config.json", R"({"added_tokens_decoder": {
      "4": {"content": "<x>", "special": true, "rstrip": true, "normalized": false}}})"}});
  CHECK(decoder.encode("a<x>  b", {.split_special = true}) == Ids{0, 4, 1});
  const fs::path saved = scratch("side-saved");
  decoder.save(saved);
  CHECK(Tokenizer::load(saved) == decoder);
  // An id that another token has, or far away, is left out.
  CHECK(with({{"added_tokens.json", R"({"<y>": 1, "<z>": 4000000})"}}) == with({}));
}

TEST_CASE("the template says what goes around a text, whatever add_bos_token says beside it") {
  const std::string around = tiny_with(R"("post_processor": null)", R"("post_processor":
      {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<eos>", "type_id": 0}},
                                                {"Sequence": {"id": "A", "type_id": 0}}],
       "special_tokens": {"<eos>": {"id": "<eos>", "ids": [3], "tokens": ["<eos>"]}}})");
  const auto ids = [](const std::string& json, const char* config) {
    const fs::path folder = folder_of("bos", {{"tokenizer_config.json", config}}, json);
    return Tokenizer::load(folder).encode("ab", {.add_special = true});
  };
  CHECK(ids(around, R"({"bos_token": "<eos>", "add_bos_token": false})") == Ids{3, 2});
  CHECK(ids(kTiny, R"({"bos_token": "<eos>", "add_bos_token": true})") == Ids{2});
}

TEST_CASE("two folders have one tokenizer only with the same added tokens") {
  const fs::path a = folder_of("same-a", {{"added_tokens.json", R"({"<y>": 4, "<z>": 5})"}});
  const fs::path b = folder_of("same-b", {{"added_tokens.json", R"({ "<z>": 5, "<y>": 4 })"}});
  const fs::path c = folder_of("same-c", {});
  CHECK(same_tokenizer(a, b));
  CHECK_FALSE(same_tokenizer(a, c));
}

TEST_CASE("a tokenizer is known by its content, whatever it is called") {
  const fs::path folder = scratch("side-names");
  write_file(folder / "spm.model", "\xEF\xBB\xBF \n" + kTiny);
  CHECK(Tokenizer::load(folder / "spm.model").file_name() == "tokenizer.json");
}
