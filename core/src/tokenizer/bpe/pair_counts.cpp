#include "tokenizer/bpe/pair_counts.hpp"

namespace btx {

void PairCounts::add(TokenPair pair, std::int64_t change, std::uint32_t word) {
  Entry& entry = entries_[pair];
  entry.count += change;
  if (change <= 0) return;
  if (entry.words.empty() || entry.words.back() != word) entry.words.push_back(word);
  if (!entry.grown) grown_.push_back(pair);
  entry.grown = true;
}

void PairCounts::settle() {
  for (const TokenPair pair : grown_) {
    Entry& entry = entries_[pair];
    entry.grown = false;
    if (entry.count > 0) heap_.push({entry.count, pair});
  }
  grown_.clear();
}

std::optional<TokenPair> PairCounts::top(std::int64_t min_count) {
  while (!heap_.empty()) {
    const Candidate best = heap_.top();
    const auto found = entries_.find(best.pair);
    const std::int64_t count = found == entries_.end() ? 0 : found->second.count;
    if (best.count == count) {
      return count >= min_count ? std::optional(best.pair) : std::nullopt;
    }
    heap_.pop();
    if (count > 0 && count < best.count) heap_.push({count, best.pair});
  }
  return std::nullopt;
}

std::vector<std::uint32_t> PairCounts::take(TokenPair pair) {
  const auto found = entries_.find(pair);
  std::vector<std::uint32_t> words = std::move(found->second.words);
  entries_.erase(found);
  return words;
}

}  // namespace btx
