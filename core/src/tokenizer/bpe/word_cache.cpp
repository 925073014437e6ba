#include "tokenizer/bpe/word_cache.hpp"

#include "base/hash.hpp"

#include <algorithm>
#include <cstring>

namespace btx {

std::size_t WordCache::index_of(std::string_view word) {
  return hash64(word) % kSlots;
}

bool WordCache::find(std::string_view word, std::vector<std::int32_t>& out) const {
  if (word.size() > kMaxBytes) return false;
  const Slot& slot = slots_[index_of(word)];
  if (slot.num_bytes != word.size()) return false;
  if (std::memcmp(slot.bytes, word.data(), word.size()) != 0) return false;
  out.insert(out.end(), slot.tokens, slot.tokens + slot.num_tokens);
  return true;
}

void WordCache::store(std::string_view word, std::span<const std::int32_t> tokens) {
  if (word.size() > kMaxBytes || tokens.size() > kMaxTokens) return;
  Slot& slot = slots_[index_of(word)];
  slot.num_bytes = static_cast<std::uint8_t>(word.size());
  slot.num_tokens = static_cast<std::uint8_t>(tokens.size());
  std::memcpy(slot.bytes, word.data(), word.size());
  std::ranges::copy(tokens, slot.tokens);
}

std::unique_ptr<WordCache> WordCachePool::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!free_.empty()) {
      auto cache = std::move(free_.back());
      free_.pop_back();
      return cache;
    }
  }
  return std::make_unique<WordCache>();
}

void WordCachePool::put(std::unique_ptr<WordCache> cache) noexcept {
  const std::lock_guard lock(mutex_);
  try {
    free_.push_back(std::move(cache));
  } catch (const std::bad_alloc&) {
    // A cache less is no loss.
  }
}

}  // namespace btx
