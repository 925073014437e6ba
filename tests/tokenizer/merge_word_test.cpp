#include "tokenizer/bpe/merge_word.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

namespace {

using Tokens = std::vector<std::int32_t>;

/// The definition, in quadratic time.
Tokens merge_slowly(const btx::MergeTable& merges, Tokens tokens) {
  while (true) {
    btx::Merge best;
    std::size_t at = 0;
    for (std::size_t i = 1; i < tokens.size(); ++i) {
      const btx::Merge merge = merges.find(tokens[i - 1], tokens[i]);
      if (merge.rank < best.rank) {
        best = merge;
        at = i - 1;
      }
    }
    if (best.rank == btx::Merge::kNever) return tokens;
    tokens[at] = best.result;
    tokens.erase(tokens.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  }
}

}  // namespace

TEST_CASE("merges go by rank, then from the left") {
  const btx::MergeTable merges({{0, 0, 2}, {2, 1, 3}, {0, 1, 4}});
  const auto merged = [&](Tokens tokens) {
    btx::merge_word(merges, tokens);
    return tokens;
  };
  CHECK(merged({}) == Tokens{});
  CHECK(merged({1}) == Tokens{1});
  CHECK(merged({0, 0, 0}) == Tokens{2, 0});
  CHECK(merged({0, 0, 1}) == Tokens{3});
  CHECK(merged({0, 1, 0, 0, 0, 1}) == Tokens{4, 2, 4});
}

TEST_CASE("short and long words follow the definition") {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::vector<btx::MergeSpec> specs;
    std::vector<std::vector<bool>> known(24, std::vector<bool>(24));
    for (std::int32_t result = 4; result < 24; ++result) {
      const auto left = static_cast<std::int32_t>(random() % static_cast<unsigned>(result));
      const auto right = static_cast<std::int32_t>(random() % static_cast<unsigned>(result));
      if (known[left][right]) continue;
      known[left][right] = true;
      specs.push_back({left, right, result});
    }
    std::shuffle(specs.begin(), specs.end(), random);  // ranks need not follow ids
    const btx::MergeTable merges(specs);
    Tokens tokens(random() % 160);
    for (auto& token : tokens) token = static_cast<std::int32_t>(random() % 4);
    const Tokens expected = merge_slowly(merges, tokens);
    btx::merge_word(merges, tokens);
    CHECK(tokens == expected);
  }
}
