#pragma once
// Which domains of a probe belong to an expert.

#include <btx/gate_init.hpp>

#include <vector>

namespace gate_inits {

/// Domains of each expert, as indices into probe.domains: its own; for an expert without a domain
/// (the seed) those that no expert has, which may be none.
/// Throws btx::Error (usage) where no expert has a domain, for a domain that the probe does not
/// have, and for one of the probe's domains without tokens.
std::vector<std::vector<std::size_t>> domains_of_experts(const btx::GateSite& site,
                                                         const btx::GateProbe& probe);

}  // namespace gate_inits
