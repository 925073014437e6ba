// Each router on an example worked out by hand.
#include "plugins/router_support.hpp"

using namespace btx;
using namespace btx_test;
using namespace router_test;

namespace {

const at::Tensor kOneTwoFourOne = logs_of({{1, 2, 4, 1}});

void set_bias(RouterUnderTest& router, const std::vector<double>& bias) {
  router.context.selection_bias = tensor_of({bias}).squeeze(0);
}

}  // namespace

TEST_CASE("top_k: softmax over the two largest logits; a bias chooses and has no weight") {
  auto router = make_router("top_k", 4);
  CHECK(router.traits.linear);
  CHECK(router.traits.mixtral);
  const Routing plain = router.route(kOneTwoFourOne);
  CHECK(near(dense_weights(plain), {{0, 1.0 / 3, 2.0 / 3, 0}}));
  CHECK(near(plain.probabilities, {{0.125, 0.25, 0.5, 0.125}}));
  CHECK(!plain.chosen.defined());
  set_bias(router, {10, 0, 0, 0});
  const Routing biased = router.route(kOneTwoFourOne);
  CHECK(near(dense_weights(biased), {{0.2, 0, 0.8, 0}}));
  CHECK(near(biased.probabilities, {{0.125, 0.25, 0.5, 0.125}}));
}

TEST_CASE("a k beyond the number of experts is a usage error that says what to do") {
  for (const char* name :
       {"top_k", "softmax_top_k", "sigmoid_top_k", "noisy_top_k", "sample_top_k", "relu"}) {
    CAPTURE(name);
    const Caught result = caught([&] { make_router(name, 4, R"({"k": 5})"); });
    CHECK(result.code == ExitCode::usage);
    CHECK(contains(result.message, "k is 5, but there are 4 experts; give a k of at most 4"));
  }
}

TEST_CASE("soft: all experts, weighted by the softmax") {
  const auto router = make_router("soft", 4);
  CHECK(router.traits.linear);
  CHECK(router.traits.experts_per_token == 4);
  const Routing r = router.route(kOneTwoFourOne);
  CHECK(all_slots(r) == std::vector<std::vector<std::int64_t>>{{0, 1, 2, 3}});
  CHECK(near(dense_weights(r), {{0.125, 0.25, 0.5, 0.125}}));
}

TEST_CASE("softmax_top_k: the largest of the softmax as they are, or times E/k") {
  auto router = make_router("softmax_top_k", 4);
  CHECK(near(dense_weights(router.route(kOneTwoFourOne)), {{0, 0.25, 0.5, 0}}));
  set_bias(router, {1, 0, 0, 0});
  CHECK(near(dense_weights(router.route(kOneTwoFourOne)), {{0.125, 0, 0.5, 0}}));
  const auto scaled = make_router("softmax_top_k", 4, R"({"scale": "experts_over_k"})");
  CHECK(near(dense_weights(scaled.route(kOneTwoFourOne)), {{0, 0.5, 1, 0}}));
}

TEST_CASE("sigmoid_top_k: chosen scores as shares of their sum; a bias chooses alone") {
  // Sigmoids 0.8, 0.2, 0.5, 0.1.
  const at::Tensor logits = logs_of({{4, 0.25, 1, 1.0 / 9}});
  auto router = make_router("sigmoid_top_k", 4);
  const Routing plain = router.route(logits);
  CHECK(near(dense_weights(plain), {{0.8 / 1.3, 0, 0.5 / 1.3, 0}}));
  CHECK(near(plain.probabilities, {{0.5, 0.125, 0.3125, 0.0625}}));
  set_bias(router, {0, 0, 0, 1});
  const Routing biased = router.route(logits);
  CHECK(near(dense_weights(biased), {{0.8 / 0.9, 0, 0, 0.1 / 0.9}}));
  const auto raw = make_router("sigmoid_top_k", 4, R"({"normalise": false, "scale": 2.5})");
  CHECK(near(dense_weights(raw.route(logits)), {{2, 0, 1.25, 0}}));
}

TEST_CASE("noisy_top_k: noise of deviation softplus(x W_noise) in training, none outside") {
  auto router = make_router("noisy_top_k", 2);
  const RouterInput x{logs_of({{1, 3}}), at::full({1, 16}, 0.5F)};
  at::Tensor w_noise = router.context.tensors.at("w_noise");
  CHECK(w_noise.sizes() == at::IntArrayRef({2, 16}));
  CHECK(w_noise.abs().sum().item<float>() == 0);
  w_noise[1].fill_(0.25);  // x W_noise is (0, 2)
  w_noise.requires_grad_(true);

  const Routing noisy = router.route(x);
  const std::vector<double> u = doubles(router.context.uniform("noise", 4));
  const auto normal = [&](std::size_t e) {
    return std::sqrt(-2 * std::log(u[e])) * std::cos(2 * std::acos(-1.0) * u[e + 2]);
  };
  const double difference =
      normal(0) * std::log(2.0) - (std::log(3.0) + normal(1) * std::log(1 + std::exp(2.0)));
  const at::Tensor weights = dense_weights(noisy);
  CHECK(std::log(weights[0][0].item<double>() / weights[0][1].item<double>()) ==
        doctest::Approx(difference).epsilon(1e-5));
  CHECK(near(noisy.probabilities, {{0.25, 0.75}}));
  weights[0][0].backward();
  CHECK(w_noise.grad().abs().sum().item<float>() > 0);

  router.set_training(false);
  CHECK(near(dense_weights(router.route(x)), {{0.25, 0.75}}));
}

TEST_CASE("relu: positive logits run and weigh; heavy experts pay more of the penalty") {
  auto router = make_router("relu", 3, R"({"k": 1, "lambda0": 0.1})", 2);
  at::Tensor logits = tensor_of({{1, -1, 2}, {-1, -2, -3}}).requires_grad_(true);
  const Routing r = router.route(logits);
  CHECK(all_slots(r) == std::vector<std::vector<std::int64_t>>{{0, 2}, {}});
  CHECK(near(dense_weights(r), {{1, 0, 2}, {0, 0, 0}}));
  CHECK(near(r.probabilities, {{1.0 / 3, 0, 2.0 / 3}, {1.0 / 3, 1.0 / 3, 1.0 / 3}}));
  // f = E / (k T) x count = 1.5 for experts 0 and 2; 0.1 x (1.5 x 1 + 1.5 x 2).
  REQUIRE(r.losses.size() == 2);
  CHECK(r.losses[0].name == "sparsity");
  CHECK(r.losses[0].sum.item<double>() == doctest::Approx(0.45));
  CHECK(r.losses[1].name == "revive");
  CHECK(r.losses[1].sum.item<double>() == doctest::Approx(0.01));
  (r.losses[0].sum + r.losses[1].sum).backward();
  CHECK(near(logits.grad(), {{0.15, 0, 0.15}, {-0.01, 0, 0}}));
}

TEST_CASE("relu: a bias can keep an expert from running, and cannot make one run") {
  auto router = make_router("relu", 3, R"({"revive": 0})");
  set_bias(router, {-1.5, 5, 0});
  const Routing r = router.route(tensor_of({{1, -1, 2}}));
  CHECK(near(dense_weights(r), {{0, 0, 2}}));
  CHECK(all_slots(r) == std::vector<std::vector<std::int64_t>>{{2}});
  CHECK(r.losses.size() == 1);
}

TEST_CASE("relu: lambda rises while more than k experts run and falls while fewer do") {
  auto router = make_router("relu", 4, R"({"k": 2, "lambda0": 0.5, "alpha": 2})");
  router.context.step_tokens = 10;
  const auto after = [&](double counts) {
    const at::Tensor each = at::full({4}, counts / 4, at::kDouble);
    router.component.call([&](const Router& r) { r.after_step(each, router.context); });
    return router.context.tensors.at("lambda").item<double>();
  };
  CHECK(after(24) == 1.0);
  CHECK(after(20) == 1.0);
  CHECK(after(12) == 0.5);
  CHECK(after(0) == 0.25);
}
