#include "model_spec/routing_sites.hpp"

#include "model_spec/tensor_names.hpp"

#include <btx/merge_strategy.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace btx {

std::string RoutingSite::name() const {
  return part.empty() ? std::to_string(layer) : fmt::format("{} {}", layer, part);
}

std::vector<RoutingSite> routing_sites(const ModelConfig& c) {
  std::vector<RoutingSite> sites;
  std::int64_t index = 0;
  for (std::int64_t layer = 0; layer < c.num_layers; ++layer) {
    if (!c.is_mixture(layer)) continue;
    if (c.router.granularity == Granularity::linear) {
      for (const char* part : kFfnParts) {
        const bool down = std::string(part) == "down_proj";
        sites.push_back({layer, index, part, down ? c.ffn_size : c.hidden_size,
                         tensor_names::gate(layer, part)});
      }
    } else if (c.router.granularity == Granularity::ffn || sites.empty()) {
      sites.push_back({layer, index, "", c.hidden_size, tensor_names::gate(layer)});
    }
    ++index;
  }
  return sites;
}

std::int64_t mixture_layers(const ModelConfig& config) {
  return std::count(config.mixture.begin(), config.mixture.end(), true);
}

}  // namespace btx
