#include "tokenizer/bpe/word_counts.hpp"

#include "tokenizer/parallel.hpp"

#include <algorithm>
#include <functional>
#include <mutex>
#include <unordered_map>

namespace btx {
namespace {

struct Hash : std::hash<std::string_view> {
  using is_transparent = void;
};
using Counts = std::unordered_map<std::string, std::int64_t, Hash, std::equal_to<>>;

void count(std::string_view text, const Pretokenizer& pretokenizer, Counts& counts) {
  pretokenizer.split(text, [&](std::string_view word) {
    const auto found = counts.find(word);
    if (found != counts.end()) {
      ++found->second;
    } else {
      counts.emplace(word, 1);
    }
  });
}

}  // namespace

std::vector<WordCount> count_words(const TextSource& texts, const Pretokenizer& pretokenizer,
                                   int threads) {
  Counts total;
  std::mutex source_mutex;
  std::mutex total_mutex;
  run_on_threads(threads, [&] {
    const auto next = [&](std::string& text) {
      const std::lock_guard lock(source_mutex);
      return texts(text);
    };
    Counts counts;
    for (std::string text; next(text);) count(text, pretokenizer, counts);
    const std::lock_guard lock(total_mutex);
    for (const auto& [word, times] : counts) total[word] += times;
  });
  std::vector<WordCount> sorted;
  for (const auto& [word, times] : total) sorted.push_back({word, times});
  std::ranges::sort(sorted, {}, &WordCount::word);
  return sorted;
}

}  // namespace btx
