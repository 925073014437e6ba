// router:top_k on one token, worked out by hand.
#include "plugins/router_support.hpp"

using namespace btx;
using namespace btx_test;

TEST_CASE("top_k: softmax over the two largest logits; a bias chooses and has no weight") {
  const at::Tensor logits = logs_of({{1, 2, 4, 1}});
  auto router = make_router("top_k", 4);
  CHECK(router.traits.linear);
  CHECK(router.traits.mixtral);
  const Routing plain = router.route(logits);
  CHECK(near(dense_weights(plain), {{0, 1.0 / 3, 2.0 / 3, 0}}));
  CHECK(near(plain.probabilities, {{0.125, 0.25, 0.5, 0.125}}));
  CHECK(!plain.chosen.defined());
  set_bias(router, {10, 0, 0, 0});
  const Routing biased = router.route(logits);
  CHECK(near(dense_weights(biased), {{0.2, 0, 0.8, 0}}));
  CHECK(near(biased.probabilities, {{0.125, 0.25, 0.5, 0.125}}));
}

TEST_CASE("top_k: a k beyond the number of experts is a usage error that says what to do") {
  CHECK(contains(refusal("top_k", 4, R"({"k": 5})"),
                 "k is 5, but there are 4 experts; give a k of at most 4"));
}
