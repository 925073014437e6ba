#pragma once
// A model of a few thousand float64 numbers with a tokenizer of bytes, and texts to score.

#include "model/small_model.hpp"

#include "eval/score.hpp"
#include "kernels/ops.hpp"
#include "tokenizer/bpe/train_bpe.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace btx_test {

/// One token a byte, and the end of text.
inline btx::Tokenizer byte_tokenizer() {
  const std::vector<std::string> texts = {"a"};
  return btx::train_bpe(texts, {.vocab_size = 257});
}

/// Texts of these numbers of bytes, each other ones.
inline std::vector<btx::Request> requests_of(const std::vector<int>& lengths) {
  std::vector<btx::Request> requests;
  for (const int length : lengths) {
    std::string text;
    for (int i = 0; i < length; ++i) text += static_cast<char>('a' + (i * i + 3 * length) % 26);
    requests.push_back({"", text});
  }
  return requests;
}

/// Its context is so short that a text of a few words takes several windows.
inline btx::ModelConfig byte_config(std::int64_t experts) {
  btx::ModelConfig config = btx_test::small_config(experts);
  config.vocab_size = 257;
  config.context = 8;
  return config;
}

/// A model of bytes in float64; other `numbers` make it another one.
struct ByteModel : btx_test::SmallModel {
  explicit ByteModel(std::int64_t experts, std::uint64_t numbers = 5)
      : SmallModel(byte_config(experts), at::kDouble, btx::reference_ops(), 2, nullptr, numbers) {}
};

/// What a model of bytes would be without a row for "~" and all tokens after it.
inline btx::ModelConfig without_tilde() {
  btx::ModelConfig config = byte_config(0);
  config.vocab_size = byte_tokenizer().encode("~")[0];
  return config;
}

/// A model that has fewer tokens than its tokenizer: "~" is the first that it lacks.
struct NarrowModel : btx_test::SmallModel {
  NarrowModel() : SmallModel(without_tilde(), at::kDouble, btx::reference_ops(), 2, nullptr) {}
};

/// Equal to ten digits behind the point.
inline bool near(const std::vector<double>& a, const std::vector<double>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](double x, double y) { return std::abs(x - y) < 1e-10; });
}

}  // namespace btx_test
