// A test to start from: an example worked out by hand. The contract tests check by themselves what
// every router promises.
#include "plugins/router_support.hpp"

using namespace btx_test;

TEST_CASE("template: every expert runs, each with scale / E") {
  const auto router = make_router("template", 4, R"({"scale": 2})");
  const btx::Routing routing = router.route(logs_of({{1, 2, 4, 1}}));
  CHECK(near(dense_weights(routing), {{0.5, 0.5, 0.5, 0.5}}));
  CHECK(near(routing.probabilities, {{0.125, 0.25, 0.5, 0.125}}));
}

TEST_CASE("template: a negative scale is refused") {
  CHECK(contains(refusal("template", 4, R"({"scale": -1})"), "scale"));
}
