#include "data/held_source.hpp"

#include "data/token_file.hpp"
#include "tokenizer/bpe/train_bpe.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

using namespace btx;
using namespace btx_test;

namespace {

Tokenizer tiny_tokenizer() {
  BpeTrainConfig config;
  config.vocab_size = 270;
  config.min_frequency = 1;
  const std::vector<std::string> texts = {"The sea, the sea, number and number."};
  return train_bpe(texts, config);
}

std::vector<std::int64_t> tokens_of(const TokenFile& file) {
  std::vector<std::int64_t> tokens(static_cast<std::size_t>(file.size()));
  file.copy(0, tokens);
  return tokens;
}

fs::path token_file(const std::string& name) {
  const auto folder = write(name, numbered(300));
  write_token_file(folder, Split::train, tiny_tokenizer(), 1, folder / "train.tokens");
  return folder / "train.tokens";
}

}  // namespace

TEST_CASE("tokens are those of the documents, each followed by the end of text") {
  const auto path = token_file("tokens");
  const Tokenizer t = tiny_tokenizer();
  std::vector<std::int64_t> expected;
  std::int64_t bytes = 0;
  const auto documents = read(path.parent_path(), Split::train);
  for (const auto& document : documents) {
    for (const auto id : t.encode(document.text)) expected.push_back(id);
    expected.push_back(t.eos_id());
    bytes += static_cast<std::int64_t>(document.text.size());
  }
  const TokenFile file(path);
  CHECK(tokens_of(file) == expected);
  CHECK(file.documents() == static_cast<std::int64_t>(documents.size()));
  CHECK(file.text_bytes() == bytes);
  CHECK(file.vocab_size() == 270);
  std::vector<std::int64_t> part(5);
  file.copy(7, part);
  CHECK(std::equal(part.begin(), part.end(), expected.begin() + 7));
}

TEST_CASE("the number of threads does not change a token file") {
  const auto path = token_file("threads");
  write_token_file(path.parent_path(), Split::train, tiny_tokenizer(), 3, path.string() + "3");
  CHECK(read_file(path) == read_file(path.string() + "3"));
}

TEST_CASE("a vocabulary beyond 16 bits is written with 32") {
  TokenizerSpec spec;
  for (int i = 0; i < 256; ++i) spec.tokens.push_back(fmt::format("<{}>", i));
  for (int i = 256; i < 70000; ++i) spec.tokens.push_back(fmt::format("<{}>", i));
  spec.added.push_back({.id = 69999, .content = "<|endoftext|>"});
  spec.tokens[69999] = "<|endoftext|>";
  const auto folder = write("wide", numbered(100));
  write_token_file(folder, Split::dev, Tokenizer(spec), 1, folder / "t");
  const TokenFile file(folder / "t");
  CHECK(file.vocab_size() == 70000);
  CHECK(file.size() == file.documents());
  for (const auto token : tokens_of(file)) CHECK(token == 69999);
}

TEST_CASE("a token file that is cut short, or none, is refused by name") {
  const auto path = token_file("cut");
  const std::string sound = read_file(path);
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{100}, std::size_t{256}, sound.size() / 2, sound.size() - 1}) {
    write_file(path, sound.substr(0, size));
    CHECK(contains(error_of([&] { TokenFile{path}; }), path.string()));
  }
  write_file(path, sound.substr(2));
  CHECK(contains(error_of([&] { TokenFile{path}; }), "not what its last line says"));
  CHECK(contains(error_of([&] { TokenFile{path.parent_path() / "no"}; }), "No such file"));
}

TEST_CASE("a token without a row in the model's embedding is refused when it is read") {
  const auto path = token_file("embedding");
  const auto tokens = tokens_of(TokenFile(path));
  const std::int64_t largest = *std::ranges::max_element(tokens);
  CHECK(tokens_of(TokenFile(path, largest + 1)) == tokens);
  CHECK(contains(error_of([&] { tokens_of(TokenFile(path, largest)); }),
                 fmt::format("{}: the text has the token {}, and the model's embedding has {} rows",
                             path.string(), largest, largest)));
}

TEST_CASE("a token outside the vocabulary is refused when it is read") {
  const auto path = token_file("outside");
  std::string data = read_file(path);
  data[40] = data[41] = '\xff';
  write_file(path, data);
  const TokenFile file(path);
  CHECK(
      contains(error_of([&] { tokens_of(file); }), "token 65535 is outside the vocabulary of 270"));
}

TEST_CASE("mutated token files are read or refused, never worse") {
  const auto path = token_file("mutated");
  const std::string sound = read_file(path);
  std::mt19937 random(1);
  int refused = 0;
  for (int i = 0; i < 1000; ++i) {
    std::string data = sound;
    for (int changes = 1 + static_cast<int>(random() % 4); changes > 0; --changes) {
      data[data.size() - 1 - random() % 256] = static_cast<char>(random());
    }
    write_file(path, data);
    refused += error_of([&] { tokens_of(TokenFile(path)); }).empty() ? 0 : 1;
  }
  CHECK(refused > 100);
}
