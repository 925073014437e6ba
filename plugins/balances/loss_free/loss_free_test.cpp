// balance:loss_free: steps of its bias worked out by hand, and what they do to a router.
#include "plugins/router_support.hpp"

#include <algorithm>
#include <cmath>

using namespace btx;
using namespace btx_test;

namespace {

using Doubles = std::vector<double>;

bool near(const Doubles& a, const Doubles& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](double x, double y) { return std::abs(x - y) < 1e-12; });
}

/// The bias after one step with these loads of `tokens` tokens.
Doubles step(const Balance& b, Doubles state, const Doubles& load, double tokens = 8) {
  BalanceStatistics s;
  s.load = load;
  s.tokens = tokens;
  b.after_step(s, state);
  return state;
}

}  // namespace

TEST_CASE("loss_free: a bias rises below the mean load, falls above it and stays on it") {
  const auto b = component<Balance>("loss_free");
  CHECK(b.get().moves_selection_bias());
  CHECK(near(step(b.get(), {0, 0, 0, 0.5}, {2, 1, 0.5, 0.5}), {-0.001, 0, 0.001, 0.501}));
  CHECK(b.get().weight() == 0);
  CHECK(b.get().evaluate({}).value == 0);
  // Equal but for rounding: 0.1 + 0.2 is not 0.3.
  CHECK(near(step(b.get(), {0, 0}, {0.1 + 0.2, 0.3}, 10), {0, 0}));
}

TEST_CASE("loss_free: counts what was asked for, not what a capacity left") {
  BalanceStatistics s;
  s.load = {0.5, 0.5};
  s.chosen = {1.5, 0.5};
  s.tokens = 4;
  Doubles state = {0, 0};
  component<Balance>("loss_free", R"({"rate": 0.25})").get().after_step(s, state);
  CHECK(near(state, {-0.25, 0.25}));
}

TEST_CASE("loss_free: evens out a gate that prefers two experts, without touching probabilities") {
  auto router = make_router("sigmoid_top_k", 4, "{}", kTokens);
  at::Tensor logits = normal_tensor({kTokens, 4}, "x");
  logits.narrow(1, 0, 2).add_(1.5);
  const auto b = component<Balance>("loss_free", R"({"rate": 0.01})");
  Doubles state(4, 0.0);
  const auto violation = [&] {
    const Doubles load = statistics_of(router.route(logits)).load;
    return *std::max_element(load.begin(), load.end()) / 0.5 - 1;  // mean load is 2 of 4
  };
  CHECK(violation() > 0.5);
  const at::Tensor before = router.route(logits).probabilities;
  for (int i = 0; i < 200; ++i) {
    b.get().after_step(statistics_of(router.route(logits)), state);
    set_bias(router, state);
  }
  CHECK(violation() < 0.1);
  CHECK(before.equal(router.route(logits).probabilities));
}
