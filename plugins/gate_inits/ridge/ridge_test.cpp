// gate_init:ridge with a probe of three domains, worked out by hand.
#include "plugins/gate_support.hpp"

using namespace btx_test;

TEST_CASE("ridge: it solves for the expert of a token's domain") {
  const GateProbe probe = three_domains();
  const GateSite site = site_of({"sea", "sky", ""}, 2);
  check_near(weights("ridge", site, R"({"lambda":0})", &probe),
             {6.0 / 20, 0, 0, 5.0 / 26, 0, 1.0 / 26});
  // The mean of the diagonal is 23.
  check_near(weights("ridge", site, R"({"lambda":1,"scale":10})", &probe),
             {60.0 / 43, 0, 0, 50.0 / 49, 0, 10.0 / 49});
}

TEST_CASE("ridge: it fits tokens that can be told apart exactly") {
  // One token a domain, rows of X: (2, 1, 0), (1, 3, 1), (0, 1, 4).
  const std::vector<double> x = {2, 1, 0, 1, 3, 1, 0, 1, 4};
  GateProbe probe{{"a", "b", "c"}, {1, 1, 1}, x, std::vector<double>(9, 0.0)};
  for (std::size_t i = 0; i < 27; ++i) {
    const std::size_t token = i / 9 * 3;
    probe.gram[i % 9] += x[token + i % 9 / 3] * x[token + i % 3];
  }
  GateSite site = site_of({"a", "b", "c", "a"}, 3);
  const Values gate = weights("ridge", site, R"({"lambda":0})", &probe);
  for (std::size_t token = 0; token < 3; ++token) {
    for (std::size_t e = 0; e < 4; ++e) {
      double logit = 0;
      for (std::size_t i = 0; i < 3; ++i) logit += gate[e * 3 + i] * x[token * 3 + i];
      const double share = token == 0 ? 0.5 : 1;  // two experts have the first domain
      CHECK(std::abs(logit - ((e % 3) == token ? share : 0)) < 1e-5);
    }
  }
}

TEST_CASE("ridge: experts share a domain as they were trained on it") {
  const GateProbe probe = three_domains();
  // A seed of all three: of a token of any domain three quarters are its expert's.
  const Values gate =
      weights("ridge", site_of({"sea", "sky", "fog", ""}, 2), R"({"lambda":0})", &probe);
  check_near(gate,
             {0.75 * 6 / 20, 0, 0, 0.75 * 5 / 26, 0, 0.75 / 26, 0.25 * 6 / 20, 0.25 * 6 / 26});
  GateSite mixed = site_of({"sea", "sky"}, 2);
  mixed.data = {{{"sea", 0.25}, {"fog", 0.75}}, {{"sea", 0.75}, {"sky", 0.25}}};
  check_near(weights("ridge", mixed, R"({"lambda":0})", &probe),
             {0.25 * 6 / 20, 1.0 / 26, 0.75 * 6 / 20, 5.0 / 26});
}

TEST_CASE("ridge: it says what domains it needs, and where its equations have no one solution") {
  check_needs_domains("ridge");
  GateProbe probe = three_domains();
  probe.gram = {1, 1, 1, 1};
  CHECK(contains(refusal("ridge", site_of({"sea", ""}, 2), &probe, R"({"lambda":0})"), "raise it"));
}
