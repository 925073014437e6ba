// gate_init:orthogonal: products of rows.
#include "plugins/gate_support.hpp"

#include <numeric>

using namespace btx_test;

TEST_CASE("orthogonal: gates have rows of one length at right angles, up to a square") {
  for (const std::int64_t width : {4, 5, 200}) {
    const Values gate =
        weights("orthogonal", site_of({"", "a", "b", "c"}, width), R"({"scale":3})");
    const auto n = static_cast<std::ptrdiff_t>(width);
    for (std::ptrdiff_t a = 0; a < 4; ++a) {
      for (std::ptrdiff_t b = 0; b <= a; ++b) {
        const double product = std::inner_product(gate.begin() + a * n, gate.begin() + a * n + n,
                                                  gate.begin() + b * n, 0.0);
        CHECK(std::abs(product - (a == b ? 9 : 0)) < 1e-5);
      }
    }
  }
  CHECK(contains(refusal("orthogonal", site_of({"", "a", "b", "c"}, 3)),
                 "gate_init:orthogonal: 4 rows of 3 numbers cannot be orthogonal"));
}
