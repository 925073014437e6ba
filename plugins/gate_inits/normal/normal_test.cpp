// gate_init:normal: the deviation of many numbers.
#include "plugins/gate_support.hpp"

using namespace btx_test;

TEST_CASE("normal: gates have the deviation, and another one each") {
  const GateSite site = site_of({"", "sea", "sky"}, 3000);
  const Values gate = weights("normal", site);
  REQUIRE(gate.size() == 9000);
  CHECK(std::abs(mean(gate)) < 0.001);
  CHECK(deviation(gate) == doctest::Approx(0.02).epsilon(0.03));
  CHECK(deviation(weights("normal", site, R"({"std":3})")) == doctest::Approx(3).epsilon(0.03));
  CHECK(gate == weights("normal", site));
  CHECK(gate != weights("normal", site_of({"", "sea", "sky"}, 3000, 6)));
}
