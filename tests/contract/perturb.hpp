#pragma once
// Does a token's routing depend on what it should not? Rows are kept, everything else changes.

#include "plugins/router_under_test.hpp"

#include <vector>

namespace btx_test {

/// Row n of a routing: experts and weights, then the probabilities.
inline std::vector<float> row(const btx::Routing& r, std::int64_t n, std::int64_t experts) {
  std::vector<float> values;
  for (const auto& [expert, weight] : slots_of(r, n)) {
    values.push_back(static_cast<float>(expert));
    values.push_back(weight);
  }
  for (std::int64_t e = 0; e < experts; ++e) {
    values.push_back(number<float>(r.probabilities, n, e));
  }
  return values;
}

/// Rows for which keep(n) must be routed alike when all other rows of the input change.
template <class Keep>
void check_unmoved(const RouterUnderTest& router, std::int64_t experts, Keep&& keep) {
  const RouterInput before = router.input("before");
  const RouterInput after = router.input("after");
  for (std::int64_t n = 0; n < kTokens; ++n) {
    if (!keep(n)) continue;
    after.logits.select(0, n).copy_(before.logits.select(0, n));
    after.hidden.select(0, n).copy_(before.hidden.select(0, n));
  }
  const btx::Routing a = router.route(before);
  const btx::Routing b = router.route(after);
  std::int64_t kept = 0;
  for (std::int64_t n = 0; n < kTokens; ++n) {
    if (!keep(n)) continue;
    ++kept;
    REQUIRE(row(a, n, experts) == row(b, n, experts));
  }
  CHECK(kept > 0);
}

/// Neither later tokens nor other sequences may matter where the traits say so. A router that has
/// a substitute outside training must keep to both there.
inline void check_independence(const RouterUnderTest& router, std::int64_t experts) {
  const bool substituted = !router.context.training && !router.traits.causal_substitute.empty();
  const bool causal = router.traits.causal || substituted;
  const bool independent = router.traits.independent || substituted;
  for (const std::int64_t last : {std::int64_t{0}, kLength / 2}) {
    if (!causal) break;
    check_unmoved(router, experts, [&](std::int64_t n) {
      return n % kLength <= last && (!independent || n / kLength == 2);
    });
  }
  if (independent) {
    check_unmoved(router, experts, [](std::int64_t n) { return n / kLength == 5; });
  }
}

}  // namespace btx_test
