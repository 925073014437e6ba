// balance:btx on two experts, worked out by hand.
#include "plugins/load.hpp"

#include <btx/balance.hpp>

#include <doctest/doctest.h>

using namespace btx;
using namespace btx_test;
using Doubles = std::vector<double>;

TEST_CASE("btx: N sum u p, with the gradient through the gate weights or without") {
  BalanceStatistics s;
  s.u = {0.5, 0.5};
  s.p = {0.25, 0.75};
  const auto plain = component<Balance>("btx");
  CHECK(plain.get().weight() == 0.01);
  const BalanceLoss loss = plain.get().evaluate(s);
  CHECK(loss.value == doctest::Approx(1));
  CHECK(loss.d_u == Doubles{0.5, 1.5});
  CHECK(loss.d_p == Doubles{1, 1});
  const BalanceLoss detached = component<Balance>("btx", R"({"detach_u": true})").get().evaluate(s);
  CHECK(detached.value == doctest::Approx(1));
  CHECK(detached.d_u.empty());
  CHECK(detached.d_p == Doubles{1, 1});
}
