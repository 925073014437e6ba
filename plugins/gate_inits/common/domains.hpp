#pragma once
// How much of what an expert was trained on each domain of a probe is.

#include <btx/gate_init.hpp>

#include <vector>

namespace gate_inits {

/// [experts][domains of the probe], of sum 1 for each expert: GateSite::data by index.
/// Throws btx::Error (usage) where the experts were all trained on the same, for a domain that the
/// probe does not have, and for one of the probe's domains without tokens.
std::vector<std::vector<double>> shares_of_experts(const btx::GateSite& site,
                                                   const btx::GateProbe& probe);

}  // namespace gate_inits
