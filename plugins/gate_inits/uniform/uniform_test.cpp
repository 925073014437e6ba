// gate_init:uniform: mean, deviation and bounds of many numbers.
#include "plugins/gate_support.hpp"

using namespace btx_test;

TEST_CASE("uniform: gates have no mean, the deviation, and a largest size") {
  const Values gate = weights("uniform", site_of({"", "sea", "sky"}, 3000), R"({"std":0.5})");
  CHECK(std::abs(mean(gate)) < 1e-6);
  CHECK(deviation(gate) == doctest::Approx(0.5).epsilon(0.03));
  for (const float v : gate) REQUIRE(std::abs(v) < 0.5 * 1.8);
  CHECK(gate != weights("uniform", site_of({"", "sea", "sky"}, 3000, 6), R"({"std":0.5})"));
}
