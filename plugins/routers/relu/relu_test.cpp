// router:relu on few tokens, worked out by hand: weights, losses, and the multiplier lambda.
#include "plugins/router_support.hpp"

using namespace btx;
using namespace btx_test;

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
  r.losses[0].sum.add(r.losses[1].sum).backward();
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
    const at::Tensor each = tensor_of({std::vector<double>(4, counts / 4)}).squeeze(0);
    router.component.call(
        [&](const Router& r) { r.after_step(each.to(at::kDouble), router.context); });
    return router.context.tensors.at("lambda").item<double>();
  };
  CHECK(after(24) == 1.0);
  CHECK(after(20) == 1.0);
  CHECK(after(12) == 0.5);
  CHECK(after(0) == 0.25);
}

TEST_CASE("relu: a k beyond the number of experts is a usage error that says what to do") {
  CHECK(contains(refusal("relu", 4, R"({"k": 5})"),
                 "k is 5, but there are 4 experts; give a k of at most 4"));
}
