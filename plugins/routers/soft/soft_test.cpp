// router:soft on one token, worked out by hand.
#include "plugins/router_support.hpp"

using namespace btx;
using namespace btx_test;

TEST_CASE("soft: all experts, weighted by the softmax") {
  const at::Tensor logits = logs_of({{1, 2, 4, 1}});
  const auto router = make_router("soft", 4);
  CHECK(router.traits.linear);
  CHECK(router.traits.experts_per_token == 4);
  const Routing r = router.route(logits);
  CHECK(all_slots(r) == std::vector<std::vector<std::int64_t>>{{0, 1, 2, 3}});
  CHECK(near(dense_weights(r), {{0.125, 0.25, 0.5, 0.125}}));
}

TEST_CASE("soft: a bias moves nothing, as nothing is chosen") {
  auto router = make_router("soft", 2);
  set_bias(router, {10, 0});
  CHECK(near(dense_weights(router.route(logs_of({{1, 3}}))), {{0.25, 0.75}}));
}
