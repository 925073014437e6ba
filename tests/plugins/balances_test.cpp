// Each balance on an example worked out by hand.
#include "plugins/router_support.hpp"

using namespace btx;
using namespace btx_test;
using namespace router_test;

namespace {

using Doubles = std::vector<double>;

Component<Balance> balance(const std::string& name, const std::string& params = "{}") {
  contract_test::all_components();
  return make_component<Balance>(name, from_json(params, "the test"));
}

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

TEST_CASE("btx: N sum u p, with the gradient through the gate weights or without") {
  BalanceStatistics s;
  s.u = {0.5, 0.5};
  s.p = {0.25, 0.75};
  const auto plain = balance("btx");
  CHECK(plain.get().weight() == 0.01);
  const BalanceLoss loss = plain.get().evaluate(s);
  CHECK(loss.value == doctest::Approx(1));
  CHECK(near(loss.d_u, {0.5, 1.5}));
  CHECK(near(loss.d_p, {1, 1}));
  const BalanceLoss detached = balance("btx", R"({"detach_u": true})").get().evaluate(s);
  CHECK(detached.value == doctest::Approx(1));
  CHECK(detached.d_u.empty());
  CHECK(near(detached.d_p, {1, 1}));
}

TEST_CASE("switch: N sum f p with shares of what was chosen, not of what was left of it") {
  BalanceStatistics s;
  s.u = {9, 9};
  s.p = {0.75, 0.25};
  s.load = {0.5, 0.5};
  s.chosen = {1.5, 0.5};  // two experts a token
  const auto b = balance("switch");
  CHECK(b.get().weight() == 0.01);
  const BalanceLoss loss = b.get().evaluate(s);
  CHECK(loss.value == doctest::Approx(1.25));  // 2 x (0.75 x 0.75 + 0.25 x 0.25)
  CHECK(loss.d_u.empty());
  CHECK(near(loss.d_p, {1.5, 0.5}));
  s.chosen.clear();
  CHECK(b.get().evaluate(s).value == doctest::Approx(1));
  s.load = {0, 0};
  CHECK(b.get().evaluate(s).value == 0);
}

TEST_CASE("z_loss: the mean squared log-sum-exp, and nothing else") {
  BalanceStatistics s;
  s.u = s.p = s.load = {0.5, 0.5};
  s.z = 1.75;
  const auto b = balance("z_loss");
  CHECK(b.get().weight() == 0.001);
  const BalanceLoss loss = b.get().evaluate(s);
  CHECK(loss.value == 1.75);
  CHECK(loss.d_z == 1);
  CHECK(loss.d_u.empty());
  CHECK(loss.d_p.empty());
}

TEST_CASE("loss_free: a bias rises below the mean load, falls above it and stays on it") {
  const auto b = balance("loss_free");
  CHECK(b.get().state_size(4) == 4);
  CHECK(near(step(b.get(), {0, 0, 0, 0.5}, {2, 1, 0.5, 0.5}), {-0.001, 0, 0.001, 0.501}));
  CHECK(near(b.get().selection_bias({1, 2}, 2), {1, 2}));
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
  balance("loss_free", R"({"rate": 0.25})").get().after_step(s, state);
  CHECK(near(state, {-0.25, 0.25}));
}

TEST_CASE("loss_free evens out a gate that prefers two experts, without touching probabilities") {
  constexpr std::int64_t kTokens = 512;
  auto router = make_router("sigmoid_top_k", 4, "{}", kTokens);
  at::Tensor logits = contract_test::normal_tensor({kTokens, 4}, "x");
  logits.narrow(1, 0, 2).add_(1.5);
  const auto b = balance("loss_free", R"({"rate": 0.01})");
  Doubles state(4, 0.0);
  const auto violation = [&] {
    const Doubles load = statistics_of(router.route(logits)).load;
    return *std::max_element(load.begin(), load.end()) / 0.5 - 1;  // mean load is 2 of 4
  };
  CHECK(violation() > 0.5);
  const at::Tensor before = router.route(logits).probabilities;
  for (int i = 0; i < 200; ++i) {
    b.get().after_step(statistics_of(router.route(logits)), state);
    router.context.selection_bias = tensor_of({b.get().selection_bias(state, 4)}).squeeze(0);
  }
  CHECK(violation() < 0.1);
  CHECK(before.equal(router.route(logits).probabilities));
}
