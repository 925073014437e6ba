#include "tokenizer/encode_batch.hpp"

#include "tokenizer/parallel.hpp"

#include <algorithm>
#include <atomic>

namespace btx {

std::vector<std::vector<std::int32_t>> encode_batch(const Tokenizer& tokenizer,
                                                    std::span<const std::string> texts, int threads,
                                                    EncodeOptions options) {
  std::vector<std::vector<std::int32_t>> ids(texts.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < texts.size(); i = next++) {
      ids[i] = tokenizer.encode(texts[i], options);
    }
  };
  const std::size_t useful = std::max<std::size_t>(1, texts.size());
  run_on_threads(static_cast<int>(std::min<std::size_t>(useful, std::max(1, threads))), work);
  return ids;
}

}  // namespace btx
