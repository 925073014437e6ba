#pragma once
// Small tokenizers and texts that the tests share.

#include "pretokenizer/byte_alphabet.hpp"
#include "tokenizer/bpe/train_bpe.hpp"

#include <btx/error.hpp>

#include <random>
#include <string>
#include <vector>

namespace btx_test {

using namespace btx;

/// Texts with contractions, digits and runs of spaces.
inline std::vector<std::string> english() {
  return {"It's the 1st of 24 days; we'll see the sea, the ships and the shore.\n",
          "The sea's waves wash the shore, and the ships see the 24 waves.\n\n",
          "aaaaaaaa aaaaaaaa          b          b\n"};
}

/// A tokenizer that is trained on these.
inline Tokenizer trained(std::int64_t vocab_size = 300, std::int64_t threads = 1) {
  BpeTrainConfig config;
  config.vocab_size = vocab_size;
  config.min_frequency = 1;
  config.threads = threads;
  return train_bpe(english(), config);
}

/// The 256 bytes, each a token of that id.
inline TokenizerSpec byte_spec() {
  TokenizerSpec spec;
  for (int byte = 0; byte < 256; ++byte) {
    spec.tokens.push_back(to_visible(std::string(1, static_cast<char>(byte))));
  }
  spec.pretokenizers = {ByteLevelSpec{}};
  return spec;
}

/// Three tokens: a, b, ab.
inline const std::string kTiny = R"({
  "version": "1.0", "truncation": null, "padding": null, "normalizer": null,
  "added_tokens": [{"id": 3, "content": "<eos>", "single_word": false, "lstrip": false,
                    "rstrip": false, "normalized": false, "special": true}],
  "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true},
  "post_processor": null,
  "decoder": {"type": "ByteLevel"},
  "model": {"type": "BPE", "dropout": null, "unk_token": null, "byte_fallback": false,
            "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": [["a", "b"]]}})";

/// kTiny with one piece of it replaced; the piece must be there.
inline std::string tiny_with(const std::string& piece, const std::string& replacement) {
  std::string text = kTiny;
  return text.replace(text.find(piece), piece.size(), replacement);
}

/// The message with which a text is refused; "" if it is not.
inline std::string refusal(const std::string& json) {
  try {
    Tokenizer::parse(json, "t.json");
    return "";
  } catch (const Error& error) {
    return error.code() == ExitCode::usage ? error.what() : "not a usage error";
  }
}

inline std::string random_bytes(std::mt19937& random, std::size_t size) {
  std::string bytes;
  while (bytes.size() < size) bytes.push_back(static_cast<char>(random()));
  return bytes;
}

}  // namespace btx_test
