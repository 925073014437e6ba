// balance:z_loss on two experts, worked out by hand.
#include "plugins/load.hpp"

#include <btx/balance.hpp>

#include <doctest/doctest.h>

using namespace btx;
using namespace btx_test;

TEST_CASE("z_loss: the mean squared log-sum-exp, and nothing else") {
  BalanceStatistics s;
  s.u = s.p = s.load = {0.5, 0.5};
  s.z = 1.75;
  const auto b = component<Balance>("z_loss");
  CHECK(b.get().weight() == 0.001);
  const BalanceLoss loss = b.get().evaluate(s);
  CHECK(loss.value == 1.75);
  CHECK(loss.d_z == 1);
  CHECK(loss.d_u.empty());
  CHECK(loss.d_p.empty());
}
