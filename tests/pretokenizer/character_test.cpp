// BPE over characters, as Llama 2's tokenizer.json has it. Expected ids are worked out by hand.
#include "tokenizer/sample.hpp"

#include <btx/error.hpp>

#include <doctest/doctest.h>

using Ids = std::vector<std::int32_t>;

namespace {

/// <unk> 0, <s> 1, </s> 2, the bytes 3..258, then pieces.
btx::TokenizerSpec llama(std::vector<btx::NormalizerSpec> normalizers,
                         std::vector<btx::PretokenizerSpec> pretokenizers) {
  btx::TokenizerSpec spec;
  spec.tokens = {"<unk>", "<s>", "</s>"};
  for (int byte = 0; byte < 256; ++byte) {
    const char* digits = "0123456789ABCDEF";
    spec.tokens.push_back(std::string("<0x") + digits[byte / 16] + digits[byte % 16] + ">");
  }
  for (const char* piece : {"\u2581", "a", "b", "\u2581a", "ab", "\u2581\u2581"}) {
    spec.tokens.emplace_back(piece);
  }
  for (std::int32_t id = 0; id < 3; ++id) {
    spec.added.push_back({.id = id, .content = spec.tokens[static_cast<std::size_t>(id)]});
  }
  spec.merges = {{259, 260, 262}, {260, 261, 263}, {259, 259, 264}};
  spec.normalizers = std::move(normalizers);
  spec.pretokenizers = std::move(pretokenizers);
  spec.decoders = {btx::ReplaceSpec{"\u2581", " "}, btx::ByteFallbackSpec{}, btx::FuseSpec{},
                   btx::StripSpec{" ", 1, 0}};
  spec.around.before = {1};
  spec.unk_token = "<unk>";
  spec.fuse_unk = true;
  spec.byte_fallback = true;
  return spec;
}

btx::Tokenizer legacy() {
  return btx::Tokenizer(llama({btx::PrependSpec{"\u2581"}, btx::ReplaceSpec{" ", "\u2581"}}, {}));
}
btx::Tokenizer metaspace(btx::MetaspaceSpec::Prepend prepend, bool split = false) {
  return btx::Tokenizer(llama({}, {btx::MetaspaceSpec{"\u2581", prepend, split}}));
}

}  // namespace

TEST_CASE("characters merge, and bytes stand for those without a token") {
  const auto tokenizer = legacy();
  CHECK(tokenizer.encode("ab") == Ids{262, 261});  // "_a" goes before "ab"
  CHECK(tokenizer.encode("bab") == Ids{259, 261, 263});
  CHECK(tokenizer.encode("a  a") == Ids{262, 259, 262});
  CHECK(tokenizer.encode("\u00e9") == Ids{259, 3 + 0xC3, 3 + 0xA9});
  CHECK(tokenizer.encode("") == Ids{});
  CHECK(tokenizer.encode("\xff") == tokenizer.encode("\ufffd"));
}

TEST_CASE("the template goes around a text when asked") {
  CHECK(legacy().encode("a", {.add_special = true}) == Ids{1, 262});
  CHECK(legacy().start_ids() == Ids{1});
  CHECK(legacy().encode("a</s>a", {.split_special = true}) == Ids{262, 2, 262});
  CHECK(btx_test::trained().start_ids() == Ids{btx_test::trained().eos_id()});
}

TEST_CASE("decoding puts bytes together and takes the first space off") {
  const auto tokenizer = legacy();
  for (const char* text : {"ab", "a  b", "\u00e9\U0001f600", " a"}) {
    CHECK(tokenizer.decode(tokenizer.encode(text)) == text);
  }
  CHECK(tokenizer.decode(Ids{3 + 0xC3, 260}) == "\ufffda");
  CHECK(tokenizer.decode(Ids{1, 262, 2}) == "a");
  CHECK(tokenizer.decode(Ids{1, 262, 2}, true) == "<s> a</s>");
}

TEST_CASE("Metaspace puts a space before every text, the first, or none") {
  using Prepend = btx::MetaspaceSpec::Prepend;
  const btx::EncodeOptions split{.split_special = true};
  CHECK(metaspace(Prepend::always).encode("a</s>a", split) == Ids{262, 2, 262});
  CHECK(metaspace(Prepend::first).encode("a</s>a", split) == Ids{262, 2, 260});
  CHECK(metaspace(Prepend::never).encode("a</s>a", split) == Ids{260, 2, 260});
  CHECK(metaspace(Prepend::first).encode("</s>a", split) == Ids{2, 260});
  CHECK(metaspace(Prepend::always).encode(" a") == Ids{262});  // it has one already
  CHECK(metaspace(Prepend::always).encode("a  a") == Ids{262, 259, 262});
}

TEST_CASE("with split, a word begins at each visible space") {
  using Prepend = btx::MetaspaceSpec::Prepend;
  CHECK(metaspace(Prepend::never).encode("  ") == Ids{264});
  CHECK(metaspace(Prepend::never, true).encode("  ") == Ids{259, 259});
}

TEST_CASE("an added token of which normalization leaves nothing is never found") {
  auto spec = llama({btx::ReplaceSpec{"b", ""}}, {});
  spec.added.push_back({.id = 261, .content = "b", .special = false, .normalized = true});
  CHECK(btx::Tokenizer(spec).encode(std::string("a\0b", 3)) == Ids{260, 3});
}

TEST_CASE("unknown characters are one token or many") {
  auto spec = llama({}, {btx::MetaspaceSpec{"\u2581", btx::MetaspaceSpec::Prepend::never, false}});
  spec.byte_fallback = false;
  CHECK(btx::Tokenizer(spec).encode("xyaz") == Ids{0, 260, 0});
  spec.fuse_unk = false;
  CHECK(btx::Tokenizer(spec).encode("xya") == Ids{0, 0, 260});
  spec.unk_token.reset();
  CHECK(btx::Tokenizer(spec).encode("xya") == Ids{260});
}

TEST_CASE("a word that is a token is that token, with ignore_merges") {
  auto spec = llama({}, {btx::MetaspaceSpec{"\u2581", btx::MetaspaceSpec::Prepend::never, false}});
  spec.merges.erase(spec.merges.begin() + 1);
  CHECK(btx::Tokenizer(spec).encode("ab") == Ids{260, 261});
  spec.ignore_merges = true;
  CHECK(btx::Tokenizer(spec).encode("ab") == Ids{263});
  CHECK(btx::Tokenizer(spec).encode("<s>").front() != 1);
}

TEST_CASE("cutting at visible spaces changes no token") {
  auto cut = llama({}, {btx::MetaspaceSpec{"\u2581", btx::MetaspaceSpec::Prepend::always, false}});
  auto whole = cut;
  whole.ignore_merges = true;  // which keeps a text in one piece
  const btx::Tokenizer fast(cut), plain(whole);
  std::mt19937 random(4);
  for (int i = 0; i < 2000; ++i) {
    std::string text = "ab";
    for (auto left = random() % 30; left > 0; --left) text += "ab  \u00e9\u2581"[random() % 9];
    CHECK(fast.encode(text) == plain.encode(text));
  }
}
