// gate_init:zeros.
#include "plugins/gate_support.hpp"

using namespace btx_test;

TEST_CASE("zeros: every gate is zero, so that every expert is as probable as any other") {
  CHECK(weights("zeros", site_of({"", "sea"}, 3)) == Values(6, 0.0F));
}
