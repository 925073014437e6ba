#pragma once
// Which experts the scored tokens went to.

#include "model/router_host.hpp"

#include <cstdint>
#include <vector>

namespace btx {

/// Slots that went to each expert at each routing site, for one set of requests.
using ExpertCounts = std::vector<std::vector<double>>;

/// Adds the routing of one pass: of its tokens [N] those that `kept` [N] bool names.
void add_expert_counts(const ForwardPass& pass, const at::Tensor& kept, std::int64_t experts,
                       ExpertCounts& counts);

}  // namespace btx
