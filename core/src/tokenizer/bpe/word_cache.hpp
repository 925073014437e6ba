#pragma once
// Words seen before and their tokens: text repeats itself, so most words are looked up, not merged.

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

namespace btx {

/// A direct-mapped table of short words: a new word takes the place of the old one.   [one thread]
class WordCache {
 public:
  /// Appends the tokens of `word` to `out`, if they are known.
  bool find(std::string_view word, std::vector<std::int32_t>& out) const;
  void store(std::string_view word, std::span<const std::int32_t> tokens);

 private:
  static constexpr std::size_t kSlots = std::size_t{1} << 14;
  static constexpr std::size_t kMaxBytes = 22;
  static constexpr std::size_t kMaxTokens = 10;
  struct alignas(64) Slot {  // one line of the processor's cache
    std::int32_t tokens[kMaxTokens] = {};
    std::uint8_t num_tokens = 0;
    std::uint8_t num_bytes = 0;  // 0: free, as no word is empty
    char bytes[kMaxBytes] = {};
  };
  static std::size_t index_of(std::string_view word);

  std::vector<Slot> slots_ = std::vector<Slot>(kSlots);
};

/// Lends caches, so that each is used by one thread at a time.   [any]
class WordCachePool {
 public:
  class Lease {
   public:
    explicit Lease(WordCachePool& pool) : pool_(pool), cache_(pool.take()) {}
    ~Lease() { pool_.put(std::move(cache_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    WordCache& operator*() { return *cache_; }

   private:
    WordCachePool& pool_;
    std::unique_ptr<WordCache> cache_;
  };

 private:
  std::unique_ptr<WordCache> take();
  void put(std::unique_ptr<WordCache> cache) noexcept;

  std::mutex mutex_;
  std::vector<std::unique_ptr<WordCache>> free_;
};

}  // namespace btx
