#include "pipeline/pack.hpp"
#include "support.hpp"
#include "tokenizer/train_bpe.hpp"

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
              {"tokens/maths", "train.tokens", folder / "b"}},
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
    write_file(folder / "bad", bad);
    const std::string message = error_of([&] {
      pack_tokenizer(folder / "bad");
      unpack_stage(folder / "bad", "tokens/maths", folder / "out");
    });
    refused += message.empty() ? 0 : 1;
    CHECK((message.empty() || contains(message, "bad") || contains(message, "pack.json")));
  }
  CHECK(refused > 150);
}
