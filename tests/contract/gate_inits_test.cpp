#include "contract/components.hpp"

#include <btx/gate_init.hpp>
#include <btx/random.hpp>

#include <cmath>

using namespace btx;
using namespace btx_test;

namespace {

constexpr std::int64_t kWidth = 12;

/// The seed and experts of "domain1", "domain2", ...
GateSite site_of(std::int64_t experts, std::uint64_t key) {
  GateSite site;
  site.layer = 1;
  site.width = kWidth;
  site.key = key;
  for (std::int64_t e = 0; e < experts; ++e) {
    const std::string number = std::to_string(e);
    site.experts.push_back({"expert" + number, e == 0 ? "" : "domain" + number, "expert" + number});
    site.data.push_back({{"domain" + number, 1.0}});
  }
  return site;
}

/// Random hidden states of "domain0" to "domain7", twenty each.
GateProbe some_probe() {
  GateProbe probe;
  probe.sums.assign(8 * kWidth, 0.0);
  probe.gram.assign(kWidth * kWidth, 0.0);
  for (std::size_t token = 0; token < 160; ++token) {
    const std::size_t domain = token % 8;
    if (token < 8) probe.domains.push_back("domain" + std::to_string(domain));
    std::vector<double> x(kWidth);
    for (std::size_t i = 0; i < kWidth; ++i) {
      x[i] =
          random_normal(random_key(3, "state"), token * kWidth + i) + (i == domain ? 2.0F : 0.0F);
      probe.sums[domain * kWidth + i] += x[i];
      for (std::size_t j = 0; j <= i; ++j) {
        probe.gram[i * kWidth + j] += x[i] * x[j];
        if (j < i) probe.gram[j * kWidth + i] += x[i] * x[j];
      }
    }
  }
  probe.tokens.assign(8, 20.0);
  return probe;
}

}  // namespace

TEST_CASE("a gate's first weights are one finite row an expert, the same each time") {
  const GateProbe probe = some_probe();
  for (const auto& name : names_of("gate_init")) {
    CAPTURE(name);
    const auto init = make_component<GateInit>(name);
    std::int64_t accepted = 0;
    for (const std::int64_t experts : {2, 3, 8}) {
      unless_refused("gate_init:" + name, [&] {
        init.call([&](const GateInit& i) {
          const GateSite site = site_of(experts, 9);
          const GateProbe* given = i.needs_probe() ? &probe : nullptr;
          const auto weights = i.weights(site, given);
          CHECK(weights.size() == static_cast<std::size_t>(experts * kWidth));
          for (const float weight : weights) REQUIRE(std::isfinite(weight));
          i.weights(site_of(experts, 10), given);  // another gate between changes nothing
          CHECK(weights == i.weights(site, given));
        });
        ++accepted;
      });
    }
    CHECK(accepted > 0);
  }
}
