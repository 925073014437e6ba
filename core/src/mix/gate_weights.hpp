#pragma once
// First weights of a mixture's gates, by a gate initialisation plugin.

#include "model_spec/routing_sites.hpp"
#include "plugin/component.hpp"

#include <btx/gate_init.hpp>

#include <cstdint>
#include <vector>

namespace btx {

/// First weights of one gate, [E, width]. With `by_group` experts of one group share a row.
/// Throws btx::Error as the plugin does, and (plugin) for a wrong number of weights.
BTX_EXPORT std::vector<float> gate_weights(const Component<GateInit>& init, const GateSite& site,
                                           const GateProbe* probe, bool by_group);

/// Converts a routing site to what a gate initialisation gets; `seed` is the stage's.
BTX_EXPORT GateSite gate_site(const ModelConfig& config, const RoutingSite& site,
                              std::uint64_t seed);

}  // namespace btx
