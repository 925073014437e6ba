// gate_init:domain_mean with a probe of three domains, worked out by hand.
#include "plugins/gate_support.hpp"

using namespace btx_test;

TEST_CASE("domain_mean: it points from the mean of all domains to an expert's") {
  const GateProbe probe = three_domains();  // means (3, 0), (0, 5), (0, 1), of all (1, 2)
  const GateSite site = site_of({"sky", "sea", ""}, 2);
  const double s10 = std::sqrt(10.0), s2 = std::sqrt(2.0);
  check_near(weights("domain_mean", site, "{}", &probe),
             {-1 / s10, 3 / s10, 1 / s2, -1 / s2, -1 / s2, -1 / s2});
  // Without the centre: the means themselves.
  check_near(weights("domain_mean", site, R"({"centre":false,"scale":2})", &probe),
             {0, 2, 2, 0, 0, 2});
}

TEST_CASE("domain_mean: an expert of several domains lies between them, by their shares") {
  const GateProbe probe = three_domains();
  GateSite site = site_of({"sea", "sky"}, 2);
  site.data = {{{"sea", 0.9}, {"sky", 0.1}}, {{"sky", 1}}};
  const double length = std::sqrt(2.7 * 2.7 + 0.5 * 0.5);
  check_near(weights("domain_mean", site, R"({"centre":false})", &probe),
             {2.7 / length, 0.5 / length, 0, 1});
}

TEST_CASE("domain_mean: it gives the seed all domains where the experts have every one") {
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

TEST_CASE("domain_mean: it says what domains it needs") {
  check_needs_domains("domain_mean");
}
