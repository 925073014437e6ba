// router:sigmoid_top_k on one token, worked out by hand.
#include "plugins/router_support.hpp"

using namespace btx;
using namespace btx_test;

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

TEST_CASE("sigmoid_top_k: a k beyond the number of experts is a usage error that says what to do") {
  CHECK(contains(refusal("sigmoid_top_k", 4, R"({"k": 5})"),
                 "k is 5, but there are 4 experts; give a k of at most 4"));
}
