#pragma once
// Merging the tokens of one word: again and again the pair of lowest rank, of equals the leftmost.

#include "tokenizer/bpe/merge_table.hpp"

#include <btx/export.hpp>

#include <cstdint>
#include <vector>

namespace btx {

/// Merges the tokens of a word in place. O(n log n) in their number.   [any]
BTX_EXPORT void merge_word(const MergeTable& merges, std::vector<std::int32_t>& tokens);

}  // namespace btx
