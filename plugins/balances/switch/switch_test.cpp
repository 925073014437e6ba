// balance:switch on two experts, worked out by hand.
#include "plugins/load.hpp"

#include <btx/balance.hpp>

#include <doctest/doctest.h>

using namespace btx;
using namespace btx_test;
using Doubles = std::vector<double>;

TEST_CASE("switch: N sum f p with shares of what was chosen, not of what was left of it") {
  BalanceStatistics s;
  s.u = {9, 9};
  s.p = {0.75, 0.25};
  s.load = {0.5, 0.5};
  s.chosen = {1.5, 0.5};  // two experts a token
  const auto b = component<Balance>("switch");
  CHECK(b.get().weight() == 0.01);
  const BalanceLoss loss = b.get().evaluate(s);
  CHECK(loss.value == doctest::Approx(1.25));  // 2 x (0.75 x 0.75 + 0.25 x 0.25)
  CHECK(loss.d_u.empty());
  CHECK(loss.d_p == Doubles{1.5, 0.5});
  s.chosen.clear();
  CHECK(b.get().evaluate(s).value == doctest::Approx(1));
  s.load = {0, 0};
  CHECK(b.get().evaluate(s).value == 0);
}
