#pragma once
// Gate initialisations, asked for few numbers, and probes of which they can be worked out by hand.

#include "plugins/load.hpp"
#include "plugins/numbers.hpp"

#include <btx/gate_init.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

namespace btx_test {

using namespace btx;

/// What an initialisation gives; it must ask for a probe exactly where there is one.
inline Values weights(const std::string& name, const GateSite& site,
                      const std::string& params = "{}", const GateProbe* probe = nullptr) {
  const auto init = component<GateInit>(name, params);
  return init.call([&](const GateInit& i) {
    CHECK(i.needs_probe() == (probe != nullptr));
    return i.weights(site, probe);
  });
}

/// Experts of these domains; "" is one of what is left of those of three_domains(), or of all three
/// where nothing is.
inline GateSite site_of(const std::vector<std::string>& domains, std::int64_t width,
                        std::uint64_t key = 5) {
  GateSite site;
  site.width = width;
  site.key = key;
  for (const auto& domain : domains) site.experts.push_back({"expert of " + domain, domain, ""});
  std::vector<std::string> left = {"sea", "sky", "fog"};
  for (const auto& domain : domains) std::erase(left, domain);
  if (left.empty()) left = {"sea", "sky", "fog"};
  for (const auto& domain : domains) {
    auto& mine = site.data.emplace_back();
    if (!domain.empty()) mine[domain] = 1;
    for (const auto& other : left) {
      if (domain.empty()) mine[other] = 1.0 / static_cast<double>(left.size());
    }
  }
  return site;
}

/// "sea" saw (2, 0) and (4, 0), "sky" (0, 5), "fog" (0, 1).
inline GateProbe three_domains() {
  GateProbe probe;
  probe.domains = {"sea", "sky", "fog"};
  probe.tokens = {2, 1, 1};
  probe.sums = {6, 0, 0, 5, 0, 1};
  probe.gram = {20, 0, 0, 26};
  return probe;
}

inline void check_near(const Values& got, const std::vector<double>& wanted) {
  REQUIRE(got.size() == wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) CHECK(std::abs(got[i] - wanted[i]) < 1e-6);
}

/// The usage error of it; "" if there is none.
inline std::string refusal(const std::string& name, const GateSite& site,
                           const GateProbe* probe = nullptr, const std::string& params = "{}") {
  return usage_error_of([&] { weights(name, site, params, probe); });
}

/// Checks that an initialisation that tells experts apart by their domains says so without them.
inline void check_needs_domains(const std::string& name) {
  GateProbe probe = three_domains();
  CHECK(contains(refusal(name, site_of({"", ""}, 2), &probe),
                 "gate_init:" + name + ": it tells experts apart by their domains"));
  CHECK(contains(refusal(name, site_of({"sea", "mud"}, 2), &probe),
                 "'expert of mud' was trained on the domain 'mud', of which there is no text; the "
                 "domains are: sea, sky, fog"));
  probe.tokens[2] = 0;
  CHECK(contains(refusal(name, site_of({"sea", ""}, 2), &probe), "domain 'fog' needs text"));
}

}  // namespace btx_test
