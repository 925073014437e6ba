#include "contract/components.hpp"

#include <btx/balance.hpp>
#include <btx/random.hpp>

#include <cmath>
#include <functional>

using namespace btx;
using namespace btx_test;

namespace {

BalanceStatistics some_statistics(std::size_t experts, std::uint64_t seed) {
  BalanceStatistics s;
  const auto normalised = [&](const char* purpose) {
    std::vector<double> values;
    double sum = 0;
    for (std::size_t i = 0; i < experts; ++i) {
      values.push_back(0.1 + random_uniform(random_key(seed, purpose), i));
      sum += values.back();
    }
    for (double& value : values) value /= sum;
    return values;
  };
  s.u = normalised("u");
  s.p = normalised("p");
  s.load = normalised("load");
  for (double& load : s.load) load *= 2;
  s.chosen = normalised("chosen");
  s.z = 1.7;
  s.tokens = 1000;
  return s;
}

/// Central difference of the value by one statistic.
double slope(const Balance& balance, BalanceStatistics s,
             const std::function<double&(BalanceStatistics&)>& at) {
  constexpr double kStep = 1e-6;
  const double middle = at(s);
  at(s) = middle + kStep;
  const double above = balance.evaluate(s).value;
  at(s) = middle - kStep;
  return (above - balance.evaluate(s).value) / (2 * kStep);
}

void check_derivatives(const Balance& balance, const BalanceStatistics& s) {
  const BalanceLoss loss = balance.evaluate(s);
  CHECK(std::isfinite(loss.value));
  REQUIRE((loss.d_u.empty() || loss.d_u.size() == s.u.size()));
  REQUIRE((loss.d_p.empty() || loss.d_p.size() == s.p.size()));
  const auto near = [](double a, double b) { return std::abs(a - b) <= 1e-5 * (1 + std::abs(b)); };
  for (std::size_t i = 0; i < s.u.size(); ++i) {
    CHECK(near(loss.d_u.empty() ? 0 : loss.d_u[i],
               slope(balance, s, [i](BalanceStatistics& x) -> double& { return x.u[i]; })));
    CHECK(near(loss.d_p.empty() ? 0 : loss.d_p[i],
               slope(balance, s, [i](BalanceStatistics& x) -> double& { return x.p[i]; })));
  }
  CHECK(near(loss.d_z, slope(balance, s, [](BalanceStatistics& x) -> double& { return x.z; })));
}

}  // namespace

TEST_CASE("a balance's derivatives are those of its value") {
  for (const auto& name : names_of("balance")) {
    CAPTURE(name);
    const auto balance = make_component<Balance>(name);
    CHECK(std::isfinite(balance.get().weight()));
    CHECK(balance.get().weight() >= 0);
    for (const std::size_t experts : {2, 3, 8}) {
      for (std::uint64_t seed = 0; seed < 5; ++seed) {
        check_derivatives(balance.get(), some_statistics(experts, seed));
      }
    }
  }
}

TEST_CASE("a balance moves the selection bias if it says so, and keeps it finite") {
  for (const auto& name : names_of("balance")) {
    CAPTURE(name);
    const auto balance = make_component<Balance>(name);
    for (const std::size_t experts : {2, 8}) {
      const std::vector<double> zeros(experts);
      std::vector<double> bias = zeros;
      for (std::uint64_t seed = 0; seed < 3; ++seed) {
        balance.get().after_step(some_statistics(experts, seed), bias);
        REQUIRE(bias.size() == experts);
        for (const double b : bias) CHECK(std::isfinite(b));
      }
      CHECK((bias != zeros) == balance.get().moves_selection_bias());
    }
  }
}

TEST_CASE("a balance that needs no means of the step has derivatives that do not depend on them") {
  for (const auto& name : names_of("balance")) {
    CAPTURE(name);
    const auto balance = make_component<Balance>(name);
    if (balance.get().weight() == 0 || balance.get().needs_step_means()) continue;
    const BalanceLoss a = balance.get().evaluate(some_statistics(4, 1));
    const BalanceLoss b = balance.get().evaluate(some_statistics(4, 2));
    CHECK(a.d_u == b.d_u);
    CHECK(a.d_p == b.d_p);
    CHECK(a.d_z == b.d_z);
  }
}

TEST_CASE("the paper's balance is 1 at perfect balance, more when gates and probabilities agree") {
  all_components();
  const auto balance = make_component<Balance>("btx");
  for (const std::size_t experts : {2, 5}) {
    BalanceStatistics s = some_statistics(experts, 1);
    s.u.assign(experts, 1.0 / static_cast<double>(experts));
    s.p = s.u;
    CHECK(balance.get().evaluate(s).value == doctest::Approx(1).epsilon(1e-12));
    s.u.assign(experts, 0.0);
    s.u[1] = 1;
    s.p = s.u;
    CHECK(balance.get().evaluate(s).value == doctest::Approx(experts).epsilon(1e-12));
  }
}
