// Files that were damaged at random or cut short: read or refused, and nothing large is allocated.

#include "checkpoint/allocation_watch.hpp"
#include "support.hpp"
#include "tiny_model.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <random>

using namespace btx;
using namespace btx_test;

namespace {

constexpr std::size_t kAllowedBytes = 2 << 20;  // the buffer for reading files is 1 MiB

std::string mutated(std::string text, std::mt19937& random, std::size_t where) {
  using namespace std::string_view_literals;
  constexpr auto kAlphabet = "[]{}\"'\\:,.0123456789eE+-nulltruefalse\n \x00\x7f\x80\xff"sv;
  for (auto count = random() % 4 + 1; count > 0; --count) {
    const auto at = random() % std::min(where, text.size() + 1);
    switch (random() % 5) {
      case 0: text.insert(at, 1, kAlphabet[random() % kAlphabet.size()]); break;
      case 1: text.erase(at, random() % 5); break;
      case 2: text.insert(at, text.substr(random() % (text.size() + 1), random() % 30)); break;
      case 3: text[std::min(at, text.size() - 1)] = kAlphabet[random() % kAlphabet.size()]; break;
      default: text[std::min(at, text.size() - 1)] = static_cast<char>(random() % 256);
    }
  }
  return text;
}

/// True if it was read, false if it was refused; another exception fails the test.
template <class F>
bool survives(F&& f) {
  largest_allocation();
  bool read = true;
  try {
    f();
  } catch (const Error& error) {
    read = false;
    REQUIRE(!std::string(error.what()).empty());
  }
  REQUIRE(largest_allocation() <= kAllowedBytes);
  return read;
}

struct Sound {
  fs::path folder;
  std::string tensors, config;
};

Sound sound_model(const std::string& name) {
  const fs::path folder = write_model(scratch(name), tiny_config(), random_numbers(1));
  return {folder, read_file(folder / "model.safetensors"), read_file(folder / "config.json")};
}

}  // namespace

TEST_CASE("the watch sees a large allocation") {
  largest_allocation();
  const auto large = std::make_unique<std::vector<char>>(kAllowedBytes + 1);
  CHECK(large->size() > 0);
  CHECK(largest_allocation() > kAllowedBytes);
}

TEST_CASE("a checkpoint cut short anywhere is refused") {
  const Sound sound = sound_model("checkpoint-cut");
  for (std::size_t size = 0; size < sound.tensors.size(); size += size < 2048 ? 1 : 61) {
    write_file(sound.folder / "model.safetensors", sound.tensors.substr(0, size));
    REQUIRE(!survives([&] { ModelFolder{sound.folder}; }));
  }
  write_file(sound.folder / "model.safetensors", sound.tensors);
  for (std::size_t size = 0; size + 2 < sound.config.size(); ++size) {
    write_file(sound.folder / "config.json", sound.config.substr(0, size));
    REQUIRE(!survives([&] { ModelFolder{sound.folder}; }));
  }
  write_file(sound.folder / "config.json", sound.config);
  CHECK(survives([&] { ModelFolder{sound.folder}; }));
}

TEST_CASE("damaged safetensors are read or refused") {
  const Sound sound = sound_model("checkpoint-damaged");
  std::mt19937 random(1);
  int read = 0;
  for (int i = 0; i < 5000; ++i) {
    write_file(sound.folder / "model.safetensors", mutated(sound.tensors, random, 2048));
    read += survives([&] {
      const SafetensorsFile file(sound.folder / "model.safetensors");
      for (const auto& tensor : file.tensors()) read_tensor(file, tensor.info.name);
    });
    survives([&] { ModelFolder{sound.folder}; });
  }
  CHECK(read > 5);
  CHECK(read < 4500);
}

TEST_CASE("a damaged config.json is read or refused") {
  std::mt19937 random(2);
  ModelConfig mixture = tiny_config();
  mixture.mixture = {false, true};
  mixture.experts = {{"a", "a", "a"}, {"b", "", "b"}};
  mixture.router = {"top_k", R"({"k": 2})"};
  for (const bool mixtral : {false, true}) {
    for (const auto& config : {tiny_config(), mixture}) {
      const std::string sound = config_to_json(config, {mixtral, 2});
      int read = 0;
      for (int i = 0; i < 1500; ++i) {
        read += survives([&] {
          const ModelConfig c = config_from_json(mutated(sound, random, sound.size()), "c.json");
          if (c.num_layers < 100) tensor_layout(c);
        });
      }
      CHECK(read > 5);
      CHECK(read < 1400);
    }
  }
}
