#include "mix/gate_weights.hpp"

#include <btx/error.hpp>
#include <btx/random.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace btx {

GateSite gate_site(const ModelConfig& config, const RoutingSite& site, std::uint64_t seed) {
  return {site.layer, site.part, config.experts, site.width, random_key(seed, "init/" + site.gate)};
}

std::vector<float> gate_weights(const Component<GateInit>& init, const GateSite& site,
                                const GateProbe* probe, bool by_group) {
  auto weights = init.call([&](const GateInit& i) { return i.weights(site, probe); });
  const auto width = static_cast<std::size_t>(site.width);
  if (weights.size() != site.experts.size() * width) {
    throw Error(ExitCode::plugin, fmt::format("{}: {} weights for a gate of {} x {}", init.who(),
                                              weights.size(), site.experts.size(), width));
  }
  for (std::size_t e = 0; by_group && e < site.experts.size(); ++e) {
    std::size_t first = 0;
    while (site.experts[first].group != site.experts[e].group) ++first;
    std::copy_n(weights.begin() + static_cast<std::ptrdiff_t>(first * width), width,
                weights.begin() + static_cast<std::ptrdiff_t>(e * width));
  }
  return weights;
}

}  // namespace btx
