// SentencePiece models, trained here by libsentencepiece itself.
#include "sample.hpp"
#include "support.hpp"

#include "tokenizer/sentencepiece/sentencepiece_tokenizer.hpp"

#include <btx/error.hpp>

#include <doctest/doctest.h>
#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include <algorithm>
#include <unordered_map>

using Ids = std::vector<std::int32_t>;

namespace {

class Sentences : public sentencepiece::SentenceIterator {
 public:
  bool done() const override { return at_ == texts_.size(); }
  void Next() override { ++at_; }
  const std::string& value() const override { return texts_[at_]; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  std::vector<std::string> texts_ = btx_test::english();
  std::size_t at_ = 0;
};

/// Like Llama 2's: BPE, byte fallback, digits one by one; with a normalization or with none.
std::string train(const std::string& normalization) {
  const std::unordered_map<std::string, std::string> options = {
      {"model_type", "bpe"},
      {"vocab_size", "340"},
      {"byte_fallback", "true"},
      {"split_digits", "true"},
      {"character_coverage", "1.0"},
      {"normalization_rule_name", normalization},
      {"remove_extra_whitespaces", "false"},
      {"minloglevel", "2"}};
  Sentences sentences;
  std::string trained;
  REQUIRE(sentencepiece::SentencePieceTrainer::Train(options, &sentences, &trained).ok());
  return trained;
}

const std::string& model() {
  static const std::string bytes = train("identity");
  return bytes;
}

btx::Tokenizer tokenizer() {
  return btx::Tokenizer(std::make_unique<btx::SentencePieceTokenizer>(model(), "t.model"));
}

}  // namespace

TEST_CASE("ids are libsentencepiece's") {
  sentencepiece::SentencePieceProcessor reference;
  REQUIRE(reference.LoadFromSerializedProto(model()).ok());
  const auto ours = tokenizer();
  std::mt19937 random(8);
  auto texts = btx_test::english();
  for (int i = 0; i < 500; ++i) texts.push_back(btx_test::random_bytes(random, random() % 60));
  for (const auto& text : texts) CHECK(ours.encode(text) == reference.EncodeAsIds(text));
  CHECK(ours.vocab_size() == 340);
  CHECK(ours.token(ours.eos_id()) == "</s>");
  CHECK(ours.file_name() == "tokenizer.model");
  CHECK(ours.file_text() == model());
}

TEST_CASE("what is encoded is decoded, and bytes that are not UTF-8 are replaced") {
  const auto ours = tokenizer();
  for (const auto& text : {"the sea", "  the  sea ", "\u00e9\U0001f600", "24"}) {
    CHECK(ours.decode(ours.encode(text)) == text);
  }
  CHECK(ours.decode(ours.encode("a\xff z")) == "a\ufffd z");
}

TEST_CASE("control pieces are found only when asked, and the one that begins a text is added") {
  const auto ours = tokenizer();
  const auto bos = *ours.token_id("<s>");
  const auto eos = ours.eos_id();
  Ids expected = {bos};
  for (const auto id : ours.encode("sea")) expected.push_back(id);
  CHECK(ours.encode("sea", {.add_special = true}) == expected);
  CHECK(std::ranges::count(ours.encode("sea</s>"), eos) == 0);
  const Ids split = ours.encode("sea</s>sea", {.split_special = true});
  CHECK(std::ranges::count(split, eos) == 1);
  CHECK(ours.decode(split) == "seasea");
  CHECK(ours.decode(split, true) == "sea</s>sea");
}

TEST_CASE("bytes that are no model are refused, and crash nothing") {
  using Sp = btx::SentencePieceTokenizer;
  CHECK_THROWS_WITH_AS(Sp("", "t.model"), doctest::Contains("t.model: not a SentencePiece model"),
                       btx::Error);
  CHECK_THROWS_AS(Sp("no model at all", "t.model"), btx::Error);
  CHECK_THROWS_AS(Sp(model().substr(0, model().size() / 2), "t.model"), btx::Error);
}

TEST_CASE("what libsentencepiece takes for granted is checked before") {
  using Sp = btx::SentencePieceTokenizer;
  auto broken = model();
  broken[broken.find("<s>") + 1] = '\0';
  CHECK_THROWS_WITH_AS(Sp(broken, "t.model"),
                       doctest::Contains("t.model: not a SentencePiece model: piece 1: need UTF-8"),
                       btx::Error);
  CHECK_THROWS_WITH_AS(Sp(model() + model(), "t.model"),
                       doctest::Contains("the same text as an earlier one"), btx::Error);
}

TEST_CASE("a normalization map is used if it stays within itself") {
  const std::string normalizing = train("nmt_nfkc");
  const btx::SentencePieceTokenizer tokenizer(normalizing, "t.model");
  std::vector<std::int32_t> full, half;
  tokenizer.encode("\uff33ea", false, full);  // a full-width S
  tokenizer.encode("Sea", false, half);
  CHECK(full == half);
  // The map is by far the longest field; a wild unit in the middle of its trie is found.
  auto broken = normalizing;
  const std::size_t middle = broken.size() / 2;
  broken.replace(middle / 4 * 4, 8, "\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f");
  CHECK_THROWS_WITH_AS(btx::SentencePieceTokenizer(broken, "t.model"),
                       doctest::Contains("precompiled_charsmap"), btx::Error);
}

TEST_CASE("tokens are added beside a model, with ids after its own and a hole between") {
  const std::vector<btx::AddedTokenSpec> added = {
      {.id = 341, .content = "<|im_start|>", .special = true},
      {.id = 342, .content = "<tool>", .special = false},
      {.id = 2, .content = "</s>"}};  // a piece of the model
  const btx::Tokenizer ours(
      std::make_unique<btx::SentencePieceTokenizer>(model(), "t.model", added));
  CHECK(ours.vocab_size() == 343);
  CHECK(ours.word_ids() == 340);
  CHECK(ours.token(340).empty());
  const auto sea = ours.encode("sea");
  Ids expected = sea;
  expected.push_back(342);
  CHECK(ours.encode("sea<tool>") == expected);
  expected.push_back(341);
  expected.insert(expected.end(), sea.begin(), sea.end());
  CHECK(ours.encode("sea<tool><|im_start|>sea", {.split_special = true}) == expected);
  CHECK(ours.decode(expected) == "sea<tool>sea");
  CHECK(ours.decode(expected, true) == "sea<tool><|im_start|>sea");

  const auto folder = btx_test::scratch("sentencepiece-added");
  ours.with_end(341).save(folder);
  const auto again = btx::Tokenizer::load(folder);
  CHECK(again == ours);
  CHECK(again.eos_id() == 341);
  CHECK_FALSE(again == tokenizer());
  CHECK(again.encode("<|im_start|>").size() > 1);  // special, as before
}
