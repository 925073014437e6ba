// router:switch on six tokens and two experts: whom a capacity drops, and what is told of it.
#include "plugins/router_support.hpp"

using namespace btx;
using namespace btx_test;

namespace {

using Slots = std::vector<std::int64_t>;

/// Six tokens, each with its probability of expert 0 of two.
at::Tensor six() {
  return logs_of({{0.9, 0.1}, {0.8, 0.2}, {0.3, 0.7}, {0.7, 0.3}, {0.6, 0.4}, {0.95, 0.05}});
}

}  // namespace

TEST_CASE("switch: an expert's later tokens are dropped, and weights are probabilities") {
  const auto router = make_router("switch", 2, R"({"capacity_factor": 1})", 6);
  const Routing r = router.route(six());  // ceil(1 x 6 / 2) = 3 places
  CHECK(first_slots(r.chosen) == Slots{0, 0, 1, 0, 0, 0});
  CHECK(first_slots(r.slots) == Slots{0, 0, 1, 0, -1, -1});
  CHECK(near(r.weights, {{0.9}, {0.8}, {0.7}, {0.7}, {0.6}, {0.95}}));
  const auto wider = make_router("switch", 2, R"({"capacity_factor": 1.1})", 6);
  CHECK(first_slots(wider.route(six()).slots) == Slots{0, 0, 1, 0, 0, -1});
}

TEST_CASE("switch: places are counted in a sequence, or over the whole micro-batch") {
  auto router = make_router("switch", 2, R"({"capacity_factor": 1})");
  router.set_batch(2, 3);  // ceil(3 / 2) = 2 places in each
  CHECK(first_slots(router.route(six()).slots) == Slots{0, 0, 1, 0, 0, -1});
  auto whole =
      make_router("switch", 2, R"({"capacity_factor": 1, "capacity_scope": "micro_batch"})");
  whole.set_batch(2, 3);
  CHECK(first_slots(whole.route(six()).slots) == Slots{0, 0, 1, 0, -1, -1});
}

TEST_CASE("switch: padding takes no place and does not count") {
  auto router = make_router("switch", 2, R"({"capacity_factor": 1})", 6);
  for (const std::int64_t n : {0, 1}) router.context.mask[n] = false;
  // Four tokens, two places: those of tokens 3 and 4.
  const Slots slots = first_slots(router.route(six()).slots);
  CHECK(Slots(slots.begin() + 2, slots.end()) == Slots{1, 0, 0, -1});
}

TEST_CASE("switch: nothing is dropped outside training unless asked, nor without a capacity") {
  for (const auto& [params, dropped] : std::vector<std::pair<std::string, bool>>{
           {R"({"capacity_factor": 1})", false},
           {R"({"capacity_factor": 1, "capacity_in_evaluation": true})", true}}) {
    auto router = make_router("switch", 2, params, 6);
    router.set_training(false);
    const Routing r = router.route(six());
    CHECK(r.chosen.defined() == dropped);
    CHECK(r.slots.lt(0).any().item<bool>() == dropped);
  }
  const auto unlimited = make_router("switch", 2, R"({"capacity_factor": 0})", 6);
  const Routing r = unlimited.route(six());
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
