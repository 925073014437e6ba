#pragma once
// Which two tokens merge, into what, and how early: an open-addressing hash table.

#include "tokenizer/tokenizer_spec.hpp"

#include <bit>
#include <cstdint>
#include <limits>
#include <vector>

namespace btx {

/// A merge: lower ranks go first.
struct Merge {
  static constexpr std::int32_t kNever = std::numeric_limits<std::int32_t>::max();
  std::int32_t rank = kNever;
  std::int32_t result = 0;
};

/// The merges of a vocabulary, by pair. Immutable.   [any]
class MergeTable {
 public:
  explicit MergeTable(const std::vector<MergeSpec>& merges)
      : slots_(std::bit_ceil(2 * merges.size() + 2)), shift_(64 - std::countr_zero(slots_.size())) {
    for (std::size_t rank = 0; rank < merges.size(); ++rank) {
      const MergeSpec& merge = merges[rank];
      Slot& slot = slots_[index_of(key(merge.left, merge.right))];
      slot = {key(merge.left, merge.right), {static_cast<std::int32_t>(rank), merge.result}};
    }
  }

  /// The merge of a pair; rank kNever if there is none.
  Merge find(std::int32_t left, std::int32_t right) const {
    return slots_[index_of(key(left, right))].merge;
  }

 private:
  static constexpr std::uint64_t kEmpty = ~std::uint64_t{0};
  struct Slot {
    std::uint64_t key = kEmpty;
    Merge merge;
  };

  static std::uint64_t key(std::int32_t left, std::int32_t right) {
    return static_cast<std::uint64_t>(left) << 32 | static_cast<std::uint32_t>(right);
  }
  /// The slot of the key, or the empty one where it would go.
  std::size_t index_of(std::uint64_t key) const {
    std::size_t index = (key * 0x9E3779B97F4A7C15u) >> shift_;
    while (slots_[index].key != key && slots_[index].key != kEmpty) {
      index = (index + 1) & (slots_.size() - 1);
    }
    return index;
  }

  std::vector<Slot> slots_;
  int shift_;
};

}  // namespace btx
