#include "fuzz/targets.hpp"

#include "base/file.hpp"
#include "checkpoint/gguf/gguf_model.hpp"
#include "checkpoint/gguf/gguf_tokenizer.hpp"
#include "checkpoint/safetensors.hpp"
#include "tokenizer/sentencepiece/sentencepiece_tokenizer.hpp"
#include "tokenizer/tokenizer.hpp"

#include <btx/error.hpp>

#include <unistd.h>

#include <fstream>
#include <vector>

namespace btx_test {
namespace {

using namespace btx;

constexpr std::string_view kText = "abba <s> \u00e9\u2581 'll 42\n\n\xff";

void use(const Tokenizer& tokenizer) {
  tokenizer.decode(tokenizer.encode(kText, {.split_special = true, .add_special = true}), true);
}

/// The readers take files, as they map them.
fs::path as_file(std::string_view bytes, const char* name) {
  static const fs::path folder = [] {
    auto path = fs::temp_directory_path() / ("btx_fuzz_" + std::to_string(getpid()));
    fs::create_directories(path);
    return path;
  }();
  std::ofstream(folder / name, std::ios::binary) << bytes;
  return folder / name;
}

template <class Use>
void refuse_or(Use use) {
  try {
    use();
  } catch (const Error&) {
    // What every target may do with bytes it does not like.
  }
}

}  // namespace

void fuzz_tokenizer_json(std::string_view bytes) {
  refuse_or([&] { use(Tokenizer::parse(bytes, "fuzz")); });
}

void fuzz_sentencepiece(std::string_view bytes) {
  refuse_or([&] {
    use(Tokenizer(std::make_unique<SentencePieceTokenizer>(std::string(bytes), "fuzz")));
  });
}

void fuzz_safetensors(std::string_view bytes) {
  const fs::path path = as_file(bytes, "fuzz.safetensors");
  refuse_or([&] {
    const SafetensorsFile file(path);
    for (const auto& tensor : file.tensors()) {
      if (tensor.bytes > 0)
        static_cast<void>(*static_cast<const volatile std::byte*>(file.data(tensor)));
    }
  });
}

void fuzz_gguf(std::string_view bytes) {
  const fs::path path = as_file(bytes, "fuzz.gguf");
  refuse_or([&] {
    const GgufFile file(path);
    for (const auto& key : file.keys()) file.describe(key);
    refuse_or([&] { use(gguf_tokenizer(file)); });
    for (const auto& tensor : file.tensors()) {
      std::vector<float> row(static_cast<std::size_t>(tensor.type->block_elements));
      if (tensor.elements() >= static_cast<std::int64_t>(row.size())) file.read(tensor, 0, row);
    }
  });
  refuse_or([&] { const GgufModel model(path); });
}

}  // namespace btx_test
