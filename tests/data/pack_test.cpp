#include "data/pack.hpp"
#include "data/held_source.hpp"
#include "tokenizer/bpe/train_bpe.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace btx;
using namespace btx_test;

namespace {

Tokenizer tokenizer() {
  const std::vector<std::string> texts = {"the sea, the ships and the shore"};
  return train_bpe(texts, {.vocab_size = 257});
}

fs::path sample(const fs::path& folder) {
  write_file(folder / "a", "first");
  write_file(folder / "b", std::string(100000, 'x'));
  write_file(folder / "tokenizer.json", tokenizer().file_text());
  write_pack({{"tokenizer", "tokenizer.json", folder / "tokenizer.json"},
              {"tokens/code", "train.tokens", folder / "a"},
              {"tokens/code", "dev.tokens", folder / "a"},
              {"tokens/maths", "train.tokens", folder / "b"},
              {"tokens/maths", "dev.tokens", folder / "a"}},
             folder / "pack");
  return folder / "pack";
}

}  // namespace

TEST_CASE("what was packed comes out again") {
  const fs::path folder = scratch("pack");
  const fs::path pack = sample(folder);
  CHECK(pack_tokenizer(pack) == tokenizer());
  make_folder(folder / "out");
  unpack_stage(pack, "tokens/maths", folder / "out");
  CHECK(read_file(folder / "out/train.tokens") == std::string(100000, 'x'));
  CHECK(contains(error_of([&] { unpack_stage(pack, "tokens/prose", folder / "out"); }),
                 "nothing of stage 'tokens/prose' is in it"));
}

TEST_CASE("damaged packs are refused by name, or read") {
  const fs::path folder = scratch("pack-damaged");
  const std::string good = read_file(sample(folder));
  std::mt19937 random(5);  // NOLINT: the same every time
  make_folder(folder / "out");
  int refused = 0;
  for (int round = 0; round < 300; ++round) {
    std::string bad = good;
    bad[random() % bad.size()] = static_cast<char>(random());
    if (round % 2 == 0) bad.resize(random() % bad.size());
    write_file(folder / "sample.pack", bad);
    const std::string message = error_of([&] {
      pack_tokenizer(folder / "sample.pack");
      unpack_stage(folder / "sample.pack", "tokens/maths", folder / "out");
    });
    refused += message.empty() ? 0 : 1;
    CHECK((message.empty() || contains(message, "sample.pack") || contains(message, "pack.json")));
  }
  CHECK(refused > 150);
}

TEST_CASE("a stage has the files that it writes, each once, and no others") {
  const fs::path folder = scratch("pack-entries");
  write_file(folder / "a", "text");
  const auto message = [&](const std::vector<std::pair<std::string, std::string>>& entries) {
    std::vector<PackedFile> files;
    for (const auto& [stage, file] : entries) files.push_back({stage, file, folder / "a"});
    write_pack(files, folder / "pack");
    const fs::path out = folder / "out";
    fs::remove_all(out);
    make_folder(out);
    return error_of([&] { unpack_stage(folder / "pack", entries.front().first, out); });
  };
  const std::string tokens = "tokens/code", texts = "documents/code";
  CHECK(message({{tokens, "train.tokens"}, {tokens, "dev.tokens"}}).empty());
  CHECK(contains(message({{tokens, "manifest.json"}, {tokens, "dev.tokens"}}),
                 "'manifest.json' is no file of stage 'tokens/code'"));
  CHECK(contains(message({{tokens, "dev.tokens"}, {tokens, "dev.tokens"}}),
                 "dev.tokens is there twice"));
  CHECK(contains(message({{texts, "documents.json"}, {texts, "train.hashes"}}),
                 "needs documents.json, test.jsonl, train.hashes, got documents.json"));
  CHECK(contains(message({{"tokenizer", "z"}}), "'z' is no file of stage 'tokenizer'"));
}

TEST_CASE("a tokenizer of any size is not unpacked") {
  const fs::path folder = scratch("pack-large");
  const fs::path large = folder / "large";
  write_file(large, "");
  fs::resize_file(large, 100'000'001);
  write_pack({{"tokenizer", "tokenizer.json", large}}, folder / "pack");
  CHECK(contains(error_of([&] { pack_tokenizer(folder / "pack"); }),
                 "tokenizer.json of stage 'tokenizer' has 95.4 MiB"));
}
