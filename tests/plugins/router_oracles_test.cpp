// What theory says of routers, whatever the numbers: equalities, gradients that vanish or must not,
// and the paper's balance at perfect balance.
#include "plugins/router_support.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/zeros.h>

using namespace btx;
using namespace btx_test;

namespace {

constexpr std::int64_t kExperts = 4;

RouterUnderTest large(const std::string& name, const std::string& params = "{}") {
  auto router = make_router(name, kExperts, params);
  router.set_batch(kSequences, kLength);
  return router;
}

/// The gradient of the gate's matrix [E, D] where the model's loss is a function of the weights.
at::Tensor gate_gradient(const RouterUnderTest& router) {
  const at::Tensor hidden = router.input("x").hidden;
  const at::Tensor gate = normal_tensor({kExperts, 16}, "gate", 0.3).requires_grad_(true);
  const Routing r = router.route({at::matmul(hidden, gate.t()), hidden});
  (dense_weights(r) * normal_tensor({kTokens, kExperts}, "outputs")).sum().backward();
  return gate.grad();
}

/// A router, its parameters, and what comes out.
struct Case {
  const char* name;
  const char* params;
  double expected = 0;
};

double balance_value(const std::string& name, const Routing& r) {
  return component<Balance>(name).get().evaluate(statistics_of(r)).value;
}

double largest(const at::Tensor& x) {
  return x.abs().max().item<double>();
}

/// Logits in which token n prefers expert n mod E by `strength`: perfect balance.
at::Tensor even_logits(double strength) {
  at::Tensor logits = at::zeros({kTokens, kExperts}, at::kFloat);
  for (std::int64_t n = 0; n < kTokens; ++n) logits[n][n % kExperts].fill_(strength);
  return logits;
}

}  // namespace

TEST_CASE("softmax over the top k is the softmax's top k divided by their sum, for every k") {
  for (std::int64_t k = 1; k <= kExperts; ++k) {
    const std::string params = "{\"k\": " + std::to_string(k) + "}";
    const auto first = large("top_k", params);
    const auto second = large("softmax_top_k", params);
    const RouterInput x = first.input("x");
    const at::Tensor mixtral = dense_weights(second.route(x));
    CHECK(near(dense_weights(first.route(x)), mixtral / mixtral.sum(1, true)));
  }
}

TEST_CASE("the gate learns nothing from one softmaxed expert, and something from all others") {
  CHECK(largest(gate_gradient(large("top_k", R"({"k": 1})"))) == 0);
  for (const Case& c : std::vector<Case>{{"top_k", R"({"k": 2})"},
                                         {"switch", "{}"},
                                         {"sample_top_k", "{}"},
                                         {"soft", "{}"},
                                         {"softmax_top_k", R"({"k": 1})"},
                                         {"noisy_top_k", "{}"},
                                         {"sigmoid_top_k", "{}"},
                                         {"expert_choice", "{}"},
                                         {"relu", "{}"}}) {
    CAPTURE(c.name);
    const at::Tensor gradient = gate_gradient(large(c.name, c.params));
    CHECK(gradient.isfinite().all().item<bool>());
    CHECK(largest(gradient) > 1e-3);
  }
}

TEST_CASE("experts that are not chosen get no gradient but through the balance's probabilities") {
  const auto router = large("top_k");
  at::Tensor logits = router.input("x").logits;
  logits.select(1, 3).fill_(-10);  // never among the first two
  logits.requires_grad_(true);
  const Routing r = router.route(logits);
  CHECK(!(r.slots == 3).any().item<bool>());
  (dense_weights(r) * normal_tensor({kTokens, kExperts}, "outputs")).sum().backward({}, true);
  CHECK(largest(logits.grad().select(1, 3)) == 0);
  (dense_weights(r).mean(0) * r.probabilities.mean(0)).sum().backward();
  CHECK(largest(logits.grad().select(1, 3)) > 0);
}

TEST_CASE("the paper's balance is 1 at exact uniformity and tends to N when one expert gets all") {
  const auto router = large("top_k", R"({"k": 1})");
  CHECK(balance_value("btx", router.route(even_logits(3))) == doctest::Approx(1));
  at::Tensor one = at::zeros({kTokens, kExperts}, at::kFloat);
  one.select(1, 2).fill_(20);
  CHECK(balance_value("btx", router.route(one)) == doctest::Approx(kExperts));
  CHECK(balance_value("switch", router.route(one)) == doctest::Approx(kExperts));
}

TEST_CASE("where probabilities are even the paper's balance is the mean sum of a token's weights") {
  for (const Case& c : std::vector<Case>{{"top_k", "{}", 1},
                                         {"soft", "{}", 1},
                                         {"noisy_top_k", "{}", 1},
                                         {"softmax_top_k", "{}", 0.5},
                                         {"softmax_top_k", R"({"scale": "experts_over_k"})", 1},
                                         {"sigmoid_top_k", R"({"scale": 2.5})", 2.5},
                                         {"sigmoid_top_k", R"({"normalise": false})", 1},
                                         {"switch", R"({"capacity_factor": 0})", 0.25},
                                         {"expert_choice", "{}", 0.5},
                                         {"relu", "{}", 0}}) {
    CAPTURE(c.name);
    CAPTURE(c.params);
    const Routing r = large(c.name, c.params).route(even_logits(0));
    CHECK(balance_value("btx", r) == doctest::Approx(c.expected));
    CHECK(dense_weights(r).sum(1).mean().item<double>() == doctest::Approx(c.expected));
  }
}

TEST_CASE("balance with counts is 1 at perfect balance, tokens dropped or not") {
  for (const char* name : {"top_k", "softmax_top_k", "sigmoid_top_k", "expert_choice", "soft"}) {
    CAPTURE(name);
    const Routing r = large(name).route(even_logits(0.5));
    CHECK(balance_value("switch", r) == doctest::Approx(1).epsilon(1e-3));
  }
  auto router = large("switch", R"({"capacity_factor": 0.5})");
  const Routing r = router.route(even_logits(3));
  CHECK((r.slots < 0).sum().item<std::int64_t>() == kTokens / 2);
  CHECK(balance_value("switch", r) == doctest::Approx(1));
}
