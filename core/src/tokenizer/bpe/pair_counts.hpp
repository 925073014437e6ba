#pragma once
// The pairs of neighbouring tokens in a corpus, as merging goes on.

#include <cstdint>
#include <optional>
#include <queue>
#include <unordered_map>
#include <vector>

namespace btx {

/// Two neighbours; the order is that of left, then right.
struct TokenPair {
  std::int32_t left;
  std::int32_t right;
  auto operator<=>(const TokenPair&) const = default;
};

/// Counts and where they come from, with the most frequent pair at hand.   [one thread]
class PairCounts {
 public:
  /// The pair occurs `change` times more (or fewer) in this word.
  void add(TokenPair pair, std::int64_t change, std::uint32_t word);
  /// To be called after a round of add(), before top().
  void settle();
  /// The most frequent pair, of equals the smallest, if it occurs at least `min_count` times.
  std::optional<TokenPair> top(std::int64_t min_count);
  /// Forgets the pair; returns the words that may hold it, some perhaps twice.
  std::vector<std::uint32_t> take(TokenPair pair);

 private:
  struct Hash {
    std::size_t operator()(const TokenPair& pair) const {
      const auto key =
          static_cast<std::uint64_t>(pair.left) << 32 | static_cast<std::uint32_t>(pair.right);
      return (key * 0x9E3779B97F4A7C15u) >> 16;
    }
  };
  struct Entry {
    std::int64_t count = 0;
    bool grown = false;                ///< it stands in grown_
    std::vector<std::uint32_t> words;  ///< that had the pair when it was added
  };
  struct Candidate {
    std::int64_t count;
    TokenPair pair;
    bool operator<(const Candidate& other) const {  // the heap's top is the greatest
      return count != other.count ? count < other.count : pair > other.pair;
    }
  };

  std::unordered_map<TokenPair, Entry, Hash> entries_;
  std::vector<TokenPair> grown_;  ///< more frequent since settle()
  /// Counts here may be too high, as pairs that shrink are corrected only when they reach the top.
  std::priority_queue<Candidate> heap_;
};

}  // namespace btx
