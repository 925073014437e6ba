// A test to start from: an example worked out by hand. The contract tests check by themselves what
// every router promises.
#include "plugins/router_support.hpp"

TEST_CASE("template: every expert runs, each with scale / E") {
  const auto router = router_test::make_router("template", 4, R"({"scale": 2})");
  const btx::Routing routing = router.route(router_test::logs_of({{1, 2, 4, 1}}));
  CHECK(router_test::near(router_test::dense_weights(routing), {{0.5, 0.5, 0.5, 0.5}}));
  CHECK(router_test::near(routing.probabilities, {{0.125, 0.25, 0.5, 0.125}}));
}

TEST_CASE("template: a negative scale is refused") {
  const auto refused =
      btx_test::caught([] { router_test::make_router("template", 4, R"({"scale": -1})"); });
  CHECK(refused.code == btx::ExitCode::usage);
  CHECK(btx_test::contains(refused.message, "scale"));
}
