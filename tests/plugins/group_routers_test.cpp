// Routers whose experts take a limited number of tokens: switch and expert_choice.
#include "plugins/router_support.hpp"

using namespace btx;
using namespace btx_test;
using namespace router_test;

namespace {

using Slots = std::vector<std::int64_t>;
using Experts = std::vector<Slots>;

/// Probability of expert 0 of two, for each token.
at::Tensor first_of_two(const std::vector<double>& probabilities) {
  Rows rows;
  for (const double p : probabilities) rows.push_back({p, 1 - p});
  return logs_of(rows);
}

const at::Tensor kSix = first_of_two({0.9, 0.8, 0.3, 0.7, 0.6, 0.95});

}  // namespace

TEST_CASE("switch: an expert's later tokens are dropped, and weights are probabilities") {
  const auto router = make_router("switch", 2, R"({"capacity_factor": 1})", 6);
  const Routing r = router.route(kSix);  // ceil(1 x 6 / 2) = 3 places
  CHECK(first_slots(r.chosen) == Slots{0, 0, 1, 0, 0, 0});
  CHECK(first_slots(r.slots) == Slots{0, 0, 1, 0, -1, -1});
  CHECK(near(r.weights, {{0.9}, {0.8}, {0.7}, {0.7}, {0.6}, {0.95}}));
  const auto wider = make_router("switch", 2, R"({"capacity_factor": 1.1})", 6);
  CHECK(first_slots(wider.route(kSix).slots) == Slots{0, 0, 1, 0, 0, -1});
}

TEST_CASE("switch: places are counted in a sequence, or over the whole micro-batch") {
  auto router = make_router("switch", 2, R"({"capacity_factor": 1})");
  router.set_batch(2, 3);  // ceil(3 / 2) = 2 places in each
  CHECK(first_slots(router.route(kSix).slots) == Slots{0, 0, 1, 0, 0, -1});
  auto whole =
      make_router("switch", 2, R"({"capacity_factor": 1, "capacity_scope": "micro_batch"})");
  whole.set_batch(2, 3);
  CHECK(first_slots(whole.route(kSix).slots) == Slots{0, 0, 1, 0, -1, -1});
}

TEST_CASE("switch: padding takes no place and does not count") {
  auto router = make_router("switch", 2, R"({"capacity_factor": 1})", 6);
  for (const std::int64_t n : {0, 1}) router.context.mask[n] = false;
  // Four tokens, two places: those of tokens 3 and 4.
  const Slots slots = first_slots(router.route(kSix).slots);
  CHECK(Slots(slots.begin() + 2, slots.end()) == Slots{1, 0, 0, -1});
}

TEST_CASE("switch: nothing is dropped outside training unless asked, nor without a capacity") {
  for (const auto& [params, dropped] : std::vector<std::pair<std::string, bool>>{
           {R"({"capacity_factor": 1})", false},
           {R"({"capacity_factor": 1, "capacity_in_evaluation": true})", true}}) {
    auto router = make_router("switch", 2, params, 6);
    router.set_training(false);
    const Routing r = router.route(kSix);
    CHECK(r.chosen.defined() == dropped);
    CHECK((r.slots < 0).any().item<bool>() == dropped);
  }
  const auto unlimited = make_router("switch", 2, R"({"capacity_factor": 0})", 6);
  const Routing r = unlimited.route(kSix);
  CHECK(!r.chosen.defined());
  CHECK(first_slots(r.slots) == Slots{0, 0, 1, 0, 0, 0});
}

TEST_CASE("switch: the traits tell whom the scope concerns") {
  const auto traits = [](const std::string& params) {
    return make_router("switch", 2, params).traits;
  };
  CHECK(traits("{}").causal);
  CHECK(traits("{}").independent);
  const auto whole = traits(R"({"capacity_scope": "micro_batch"})");
  CHECK(!whole.causal);
  CHECK(!whole.independent);
  CHECK(!whole.causal_substitute.empty());
  const auto always =
      traits(R"({"capacity_scope": "micro_batch", "capacity_in_evaluation": true})");
  CHECK(!always.causal);
  CHECK(always.causal_substitute.empty());
  CHECK(traits(R"({"capacity_scope": "micro_batch", "capacity_factor": 0})").causal);
}

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
  router.set_batch(contract_test::kSequences, contract_test::kLength);
  contract_test::check_independence(router, 3);
  CHECK(make_router("expert_choice", 3).traits.causal_substitute.empty());
}

TEST_CASE("expert_choice: more experts a token than there are is a usage error") {
  const Caught result =
      caught([] { make_router("expert_choice", 2, R"({"capacity_factor": 2.5})"); });
  CHECK(result.code == ExitCode::usage);
  CHECK(contains(result.message, "capacity_factor is more experts a token than the 2 there are"));
}
