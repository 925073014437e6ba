// Gate initialisations, with probes of a few numbers.

#include "plugin/component.hpp"
#include "plugin/loader.hpp"
#include "support.hpp"

#include <btx/gate_init.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

using namespace btx;
using namespace btx_test;

namespace {

using Values = std::vector<float>;

Values weights(const std::string& name, const GateSite& site, const std::string& params = "{}",
               const GateProbe* probe = nullptr) {
  load_plugin(fs::path(BTX_BUILD_DIR) / "plugins" / ("gate_" + name + ".so"));
  const auto init = make_component<GateInit>(name, from_json(params, "the test"));
  return init.call([&](const GateInit& i) {
    CHECK(i.needs_probe() == (probe != nullptr));
    return i.weights(site, probe);
  });
}

/// Experts of these domains.
GateSite site_of(const std::vector<std::string>& domains, std::int64_t width,
                 std::uint64_t key = 5) {
  GateSite site;
  site.width = width;
  site.key = key;
  for (const auto& domain : domains) site.experts.push_back({"expert of " + domain, domain, ""});
  return site;
}

/// "sea" saw (2, 0) and (4, 0), "sky" (0, 5), "fog" (0, 1).
GateProbe three_domains() {
  GateProbe probe;
  probe.domains = {"sea", "sky", "fog"};
  probe.tokens = {2, 1, 1};
  probe.sums = {6, 0, 0, 5, 0, 1};
  probe.gram = {20, 0, 0, 26};
  return probe;
}

double mean(const Values& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double deviation(const Values& values) {
  double square = 0;
  for (const double v : values) square += (v - mean(values)) * (v - mean(values));
  return std::sqrt(square / static_cast<double>(values.size()));
}

void check_near(const Values& got, const std::vector<double>& wanted) {
  REQUIRE(got.size() == wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) CHECK(std::abs(got[i] - wanted[i]) < 1e-6);
}

std::string refusal(const std::string& name, const GateSite& site, const GateProbe* probe,
                    const std::string& params = "{}") {
  const Caught result = caught([&] { weights(name, site, params, probe); });
  CHECK(result.code == ExitCode::usage);
  return result.message;
}

}  // namespace

TEST_CASE("normal gates have the deviation, and another one each") {
  const GateSite site = site_of({"", "sea", "sky"}, 3000);
  const Values gate = weights("normal", site);
  REQUIRE(gate.size() == 9000);
  CHECK(std::abs(mean(gate)) < 0.001);
  CHECK(deviation(gate) == doctest::Approx(0.02).epsilon(0.03));
  CHECK(deviation(weights("normal", site, R"({"std":3})")) == doctest::Approx(3).epsilon(0.03));
  CHECK(gate == weights("normal", site));
  CHECK(gate != weights("normal", site_of({"", "sea", "sky"}, 3000, 6)));
}

TEST_CASE("uniform gates have no mean, the deviation, and a largest size") {
  const Values gate = weights("uniform", site_of({"", "sea", "sky"}, 3000), R"({"std":0.5})");
  CHECK(std::abs(mean(gate)) < 1e-6);
  CHECK(deviation(gate) == doctest::Approx(0.5).epsilon(0.03));
  for (const float v : gate) REQUIRE(std::abs(v) < 0.5 * 1.8);
  CHECK(gate != weights("uniform", site_of({"", "sea", "sky"}, 3000, 6), R"({"std":0.5})"));
}

TEST_CASE("zeros are zeros") {
  CHECK(weights("zeros", site_of({"", "sea"}, 3)) == Values(6, 0.0F));
}

TEST_CASE("orthogonal gates have rows of one length at right angles, up to a square") {
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
  CHECK(contains(refusal("orthogonal", site_of({"", "a", "b", "c"}, 3), nullptr),
                 "gate_init:orthogonal: 4 rows of 3 numbers cannot be orthogonal"));
}

TEST_CASE("domain_mean points from the mean of all domains to an expert's") {
  const GateProbe probe = three_domains();  // means (3, 0), (0, 5), (0, 1), of all (1, 2)
  const GateSite site = site_of({"sky", "sea", ""}, 2);
  const double s10 = std::sqrt(10.0), s2 = std::sqrt(2.0);
  check_near(weights("domain_mean", site, "{}", &probe),
             {-1 / s10, 3 / s10, 1 / s2, -1 / s2, -1 / s2, -1 / s2});
  // Without the centre: the means themselves.
  check_near(weights("domain_mean", site, R"({"centre":false,"scale":2})", &probe),
             {0, 2, 2, 0, 0, 2});
}

TEST_CASE("domain_mean gives the seed all domains where the experts have every one") {
  const GateProbe probe = three_domains();
  const GateSite site = site_of({"sky", "sea", "", "fog", "sky"}, 2);
  const Values gate = weights("domain_mean", site, R"({"centre":false})", &probe);
  const double s5 = std::sqrt(5.0);
  check_near({gate[4], gate[5]}, {1 / s5, 2 / s5});
  check_near({gate[8], gate[9]}, {gate[0], gate[1]});  // one domain, one row
  const Values centred = weights("domain_mean", site, "{}", &probe);
  CHECK(centred[4] == 0);
  CHECK(centred[5] == 0);
}

TEST_CASE("ridge solves for the expert of a token's domain") {
  const GateProbe probe = three_domains();
  const GateSite site = site_of({"sea", "sky", ""}, 2);
  check_near(weights("ridge", site, R"({"lambda":0})", &probe),
             {6.0 / 20, 0, 0, 5.0 / 26, 0, 1.0 / 26});
  // The mean of the diagonal is 23.
  check_near(weights("ridge", site, R"({"lambda":1,"scale":10})", &probe),
             {60.0 / 43, 0, 0, 50.0 / 49, 0, 10.0 / 49});
}

TEST_CASE("ridge fits tokens that can be told apart exactly") {
  // One token a domain, rows of X: (2, 1, 0), (1, 3, 1), (0, 1, 4).
  const std::vector<double> x = {2, 1, 0, 1, 3, 1, 0, 1, 4};
  GateProbe probe{{"a", "b", "c"}, {1, 1, 1}, x, std::vector<double>(9, 0.0)};
  for (std::size_t i = 0; i < 27; ++i) {
    const std::size_t token = i / 9 * 3;
    probe.gram[i % 9] += x[token + i % 9 / 3] * x[token + i % 3];
  }
  const Values gate = weights("ridge", site_of({"a", "", "c", "a"}, 3), R"({"lambda":0})", &probe);
  for (std::size_t token = 0; token < 3; ++token) {
    for (std::size_t e = 0; e < 4; ++e) {
      double logit = 0;
      for (std::size_t i = 0; i < 3; ++i) logit += gate[e * 3 + i] * x[token * 3 + i];
      CHECK(std::abs(logit - ((e % 3) == token ? 1 : 0)) < 1e-5);
    }
  }
}

TEST_CASE("ridge leaves the seed's row zero where the experts have every domain") {
  const GateProbe probe = three_domains();
  const Values gate = weights("ridge", site_of({"sea", "sky", "fog", ""}, 2), "{}", &probe);
  CHECK(gate[6] == 0);
  CHECK(gate[7] == 0);
}

TEST_CASE("what needs domains says so where they are missing") {
  GateProbe probe = three_domains();
  for (const std::string name : {"domain_mean", "ridge"}) {
    CAPTURE(name);
    CHECK(contains(refusal(name, site_of({"", ""}, 2), &probe),
                   "gate_init:" + name + ": it tells experts apart by their domains"));
    CHECK(contains(refusal(name, site_of({"sea", "mud"}, 2), &probe),
                   "'expert of mud' has the domain 'mud', of which there is no text; the domains "
                   "are: sea, sky, fog"));
  }
  probe.tokens[2] = 0;
  CHECK(
      contains(refusal("domain_mean", site_of({"sea", ""}, 2), &probe), "domain 'fog' needs text"));
  probe.tokens[2] = 1;
  probe.gram = {1, 1, 1, 1};
  CHECK(contains(refusal("ridge", site_of({"sea", ""}, 2), &probe, R"({"lambda":0})"), "raise it"));
}
