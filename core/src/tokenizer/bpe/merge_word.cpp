#include "tokenizer/bpe/merge_word.hpp"

#include <algorithm>
#include <array>
#include <queue>

namespace btx {
namespace {

using Tokens = std::vector<std::int32_t>;

/// Up to here scanning for the lowest rank beats a heap.
constexpr std::size_t kShort = 48;

void merge_short(const MergeTable& merges, Tokens& tokens) {
  std::array<Merge, kShort> pairs;  // pairs[i]: of tokens i and i + 1
  std::size_t last = tokens.size() - 1;
  const auto look = [&](std::size_t i) { pairs[i] = merges.find(tokens[i], tokens[i + 1]); };
  for (std::size_t i = 0; i < last; ++i) look(i);
  while (last > 0) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < last; ++i) best = pairs[i].rank < pairs[best].rank ? i : best;
    if (pairs[best].rank == Merge::kNever) break;
    tokens[best] = pairs[best].result;
    std::copy(tokens.begin() + best + 2, tokens.begin() + last + 1, tokens.begin() + best + 1);
    std::copy(pairs.begin() + best + 1, pairs.begin() + last, pairs.begin() + best);
    --last;
    if (best > 0) look(best - 1);
    if (best < last) look(best);
  }
  tokens.resize(last + 1);
}

/// The tokens of a long word as a linked list, with a heap of the pairs that can merge.
class LongWord {
 public:
  LongWord(const MergeTable& merges, Tokens& tokens) : merges_(merges), tokens_(tokens) {
    const std::size_t size = tokens.size();
    for (std::size_t i = 0; i < size; ++i) links_.push_back({i == 0 ? kNone : i - 1, i + 1});
    links_.back().next = kNone;
    for (std::size_t i = 0; i < size; ++i) push(i);
  }

  void merge() {
    while (!heap_.empty()) {
      const Candidate top = heap_.top();
      heap_.pop();
      if (alive(top)) join(top);
    }
    collect();
  }

 private:
  static constexpr std::size_t kNone = ~std::size_t{0};
  static constexpr std::int32_t kGone = -1;
  struct Link {
    std::size_t previous;
    std::size_t next;
  };
  struct Candidate {
    std::int32_t rank;
    std::int32_t left;
    std::int32_t right;
    std::int32_t result;
    std::size_t at;
    bool operator<(const Candidate& other) const {  // the heap's top is the greatest
      return rank != other.rank ? rank > other.rank : at > other.at;
    }
  };

  void push(std::size_t at) {
    if (at == kNone || links_[at].next == kNone) return;
    const std::int32_t right = tokens_[links_[at].next];
    const Merge merge = merges_.find(tokens_[at], right);
    if (merge.rank != Merge::kNever) heap_.push({merge.rank, tokens_[at], right, merge.result, at});
  }

  bool alive(const Candidate& pair) const {
    if (tokens_[pair.at] != pair.left || links_[pair.at].next == kNone) return false;
    return tokens_[links_[pair.at].next] == pair.right;
  }

  void join(const Candidate& pair) {
    Link& link = links_[pair.at];
    tokens_[pair.at] = pair.result;
    tokens_[link.next] = kGone;
    link.next = links_[link.next].next;
    if (link.next != kNone) links_[link.next].previous = pair.at;
    push(link.previous);
    push(pair.at);
  }

  void collect() { std::erase(tokens_, kGone); }

  const MergeTable& merges_;
  Tokens& tokens_;
  std::vector<Link> links_;
  std::priority_queue<Candidate> heap_;
};

}  // namespace

void merge_word(const MergeTable& merges, Tokens& tokens) {
  if (tokens.size() < 2) return;
  if (tokens.size() <= kShort) return merge_short(merges, tokens);
  LongWord(merges, tokens).merge();
}

}  // namespace btx
