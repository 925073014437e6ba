// router:expert_choice on four tokens and two experts, worked out by hand.
#include "plugins/router_support.hpp"

#include "contract/perturb.hpp"

using namespace btx;
using namespace btx_test;

namespace {

using Experts = std::vector<std::vector<std::int64_t>>;

/// Tokens, each with its probability of expert 0 of two.
at::Tensor first_of_two(const std::vector<double>& probabilities) {
  Rows rows;
  for (const double p : probabilities) rows.push_back({p, 1 - p});
  return logs_of(rows);
}

}  // namespace

TEST_CASE("expert_choice: each expert takes its best tokens, as many as any other") {
  const auto router = make_router("expert_choice", 2, R"({"capacity_factor": 1})", 4);
  const Routing r = router.route(first_of_two({0.9, 0.6, 0.7, 0.2}));  // two tokens each
  CHECK(all_slots(r) == Experts{{0}, {1}, {0}, {1}});
  CHECK(near(dense_weights(r), {{0.9, 0}, {0, 0.4}, {0.7, 0}, {0, 0.8}}));
  const Routing other = router.route(first_of_two({0.9, 0.5, 0.8, 0.6}));
  CHECK(all_slots(other) == Experts{{0}, {1}, {0}, {1}});
  const Routing none = router.route(logs_of({{8, 8}, {9, 9}, {1, 1}, {2, 2}}));
  CHECK(all_slots(none) == Experts{{0, 1}, {0, 1}, {}, {}});  // equal: the earlier
}

TEST_CASE("expert_choice: experts choose in each sequence, or in the whole micro-batch") {
  const at::Tensor logits = first_of_two({0.9, 0.8, 0.7, 0.2});
  auto router = make_router("expert_choice", 2, R"({"capacity_factor": 1})");
  router.set_batch(2, 2);
  CHECK(router.traits.independent);
  CHECK(all_slots(router.route(logits)) == Experts{{0}, {1}, {0}, {1}});
  auto whole = make_router("expert_choice", 2, R"({"capacity_factor": 1, "scope": "micro_batch"})");
  whole.set_batch(2, 2);
  CHECK(!whole.traits.independent);
  CHECK(all_slots(whole.route(logits)) == Experts{{0}, {0}, {1}, {1}});
}

TEST_CASE("expert_choice: padding is never taken and does not count") {
  auto router = make_router("expert_choice", 2, R"({"capacity_factor": 1})", 4);
  router.context.mask[0] = false;
  // Three tokens, ceil(3 / 2) = 2 for each expert.
  const Routing r = router.route(first_of_two({0.9, 0.6, 0.7, 0.2}));
  CHECK(all_slots(r) == Experts{{}, {0, 1}, {0}, {1}});
}

TEST_CASE("expert_choice: its substitute is causal, and named") {
  auto router =
      make_router("expert_choice", 3, R"({"capacity_factor": 2, "causal_substitute": "top_k"})");
  CHECK(!router.traits.causal);
  CHECK(router.traits.causal_substitute == "top_k with k = 2");
  router.set_training(false);
  CHECK(near(dense_weights(router.route(logs_of({{1, 2, 5}}))), {{0, 0.25, 0.625}}));
  router.set_batch(kSequences, kLength);
  check_independence(router, 3);
  CHECK(make_router("expert_choice", 3).traits.causal_substitute.empty());
}

TEST_CASE("expert_choice: more experts a token than there are is a usage error") {
  CHECK(contains(refusal("expert_choice", 2, R"({"capacity_factor": 2.5})"),
                 "capacity_factor is more experts a token than the 2 there are"));
}
