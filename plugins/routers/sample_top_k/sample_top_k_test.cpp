// router:sample_top_k, the paper's Sample Top-1: temperature, soft values in training, hard ones
// outside.
#include "plugins/router_support.hpp"

#include <algorithm>
#include <cmath>

using namespace btx;
using namespace btx_test;

namespace {

at::Tensor one_three() {
  return logs_of({{1, 3}});
}

/// Logits and Gumbel noise of the one token.
std::vector<double> noisy(const RouterUnderTest& router, const at::Tensor& logits) {
  std::vector<double> values = doubles(logits);
  const auto uniform =
      doubles(router.context.uniform("gumbel", static_cast<std::int64_t>(values.size())));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] -= std::log(-std::log(uniform[i]));
  return values;
}

/// tau, from the weights of both of two experts: (z0 - z1) / ln(w0 / w1).
double temperature(RouterUnderTest& router, std::int64_t step, std::int64_t total_steps) {
  router.context.step = step;
  router.context.total_steps = total_steps;
  const auto w = doubles(dense_weights(router.route(one_three())));
  const auto z = noisy(router, one_three());
  return (z[0] - z[1]) / std::log(w[0] / w[1]);
}

}  // namespace

TEST_CASE("sample_top_k: the temperature falls from 1 as exp(-rate step), and stays at the floor") {
  auto router = make_router("sample_top_k", 2, R"({"k": 2, "rate": 1e-4})");
  const auto at_step = [&](std::int64_t step) { return temperature(router, step, 38000); };
  CHECK(at_step(0) == doctest::Approx(1).epsilon(1e-4));
  CHECK(at_step(1000) == doctest::Approx(std::exp(-0.1)).epsilon(1e-4));
  CHECK(at_step(6900) > 0.501);
  CHECK(at_step(6931) == doctest::Approx(0.5).epsilon(1e-4));
  CHECK(at_step(6932) == doctest::Approx(0.5).epsilon(1e-4));
  CHECK(at_step(30000) == doctest::Approx(0.5).epsilon(1e-4));
}

TEST_CASE("sample_top_k: without a rate the floor is reached after a share of the stage") {
  auto router = make_router("sample_top_k", 2, R"({"k": 2, "floor": 0.25})");
  CHECK(temperature(router, 0, 1000) == doctest::Approx(1).epsilon(1e-4));
  CHECK(temperature(router, 90, 1000) == doctest::Approx(0.5).epsilon(1e-4));
  CHECK(temperature(router, 179, 1000) > 0.2505);
  CHECK(temperature(router, 180, 1000) == doctest::Approx(0.25).epsilon(1e-4));
  CHECK(temperature(router, 900, 1000) == doctest::Approx(0.25).epsilon(1e-4));
}

TEST_CASE("sample_top_k: in training the largest entry of the sample keeps its soft value") {
  const at::Tensor logits = logs_of({{1, 3, 2}});
  const auto router = make_router("sample_top_k", 3, R"({"rate": 1})");  // at the floor
  const auto z = noisy(router, logits);
  std::vector<double> s;
  double sum = 0;
  for (const double value : z) sum += s.emplace_back(std::exp(value / 0.5));
  const auto best = static_cast<std::size_t>(std::max_element(s.begin(), s.end()) - s.begin());
  std::vector<double> expected(3, 0.0);
  expected[best] = s[best] / sum;
  const Routing r = router.route(logits);
  CHECK(r.slots.size(1) == 1);
  CHECK(near(dense_weights(r), {expected}, 1e-5));
  CHECK(near(r.probabilities, {{1.0 / 6, 0.5, 1.0 / 3}}));
}

TEST_CASE(
    "sample_top_k: outside training: the most probable expert with weight 1, or the soft value") {
  auto hard = make_router("sample_top_k", 2);
  hard.set_training(false);
  CHECK(near(dense_weights(hard.route(one_three())), {{0, 1}}));
  auto soft = make_router("sample_top_k", 2, R"({"inference_weight": "soft"})");
  soft.set_training(false);
  CHECK(near(dense_weights(soft.route(one_three())), {{0, 0.9}}));  // softmax at 1/2: 1 to 9
  auto two = make_router("sample_top_k", 3, R"({"k": 2})");
  two.set_training(false);
  CHECK(near(dense_weights(two.route(logs_of({{1, 3, 2}}))), {{0, 0.6, 0.4}}));
}

TEST_CASE(
    "sample_top_k: experts are drawn as often as they are probable, in training and by draw") {
  for (const bool training : {true, false}) {
    auto router = make_router("sample_top_k", 2, R"({"inference_choice": "draw"})", 4000);
    router.set_training(training);
    const Routing r = router.route(one_three().expand({4000, 2}));
    CHECK(r.slots.eq(1).to(at::kFloat).mean().item<double>() ==
          doctest::Approx(0.75).epsilon(0.04));
  }
}

TEST_CASE(
    "sample_top_k: the first mixture layer runs all experts softly, in training and outside") {
  for (const bool training : {true, false}) {
    auto router = make_router("sample_top_k", 2);
    router.set_training(training);
    router.context.mixture_index = 0;
    CHECK(near(dense_weights(router.route(one_three())), {{0.25, 0.75}}));
    auto sampled = make_router("sample_top_k", 2, R"({"first_layer_soft": false})");
    sampled.set_training(training);
    sampled.context.mixture_index = 0;
    CHECK(sampled.route(one_three()).slots.size(1) == 1);
  }
  const auto router = make_router("sample_top_k", 4);
  const auto experts = [&](std::int64_t index) {
    return router.component.call([&](const Router& r) { return r.experts_per_token(4, index); });
  };
  CHECK(experts(0) == 4);
  CHECK(experts(1) == 1);
}

TEST_CASE("sample_top_k: a k beyond the number of experts is a usage error that says what to do") {
  CHECK(contains(refusal("sample_top_k", 4, R"({"k": 5})"),
                 "k is 5, but there are 4 experts; give a k of at most 4"));
}
