// router:softmax_top_k on one token, worked out by hand.
#include "plugins/router_support.hpp"

using namespace btx;
using namespace btx_test;

TEST_CASE("softmax_top_k: the largest of the softmax as they are, or times E/k") {
  const at::Tensor logits = logs_of({{1, 2, 4, 1}});
  auto router = make_router("softmax_top_k", 4);
  CHECK(near(dense_weights(router.route(logits)), {{0, 0.25, 0.5, 0}}));
  set_bias(router, {1, 0, 0, 0});
  CHECK(near(dense_weights(router.route(logits)), {{0.125, 0, 0.5, 0}}));
  const auto scaled = make_router("softmax_top_k", 4, R"({"scale": "experts_over_k"})");
  CHECK(near(dense_weights(scaled.route(logits)), {{0, 0.5, 1, 0}}));
}

TEST_CASE("softmax_top_k: a k beyond the number of experts is a usage error that says what to do") {
  CHECK(contains(refusal("softmax_top_k", 4, R"({"k": 5})"),
                 "k is 5, but there are 4 experts; give a k of at most 4"));
}
