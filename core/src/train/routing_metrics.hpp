#pragma once
// Routing statistics of a step as numbers for the log.

#include "report/metrics.hpp"
#include "train/balances.hpp"

#include <vector>

namespace btx {

/// Adds each layer's sums to that layer's running means.
BTX_EXPORT void add_sums(std::vector<RoutingMeans>& means, const std::vector<RoutingSums>& sums);
BTX_EXPORT std::vector<BalanceStatistics> statistics_of(const std::vector<RoutingMeans>& means);

/// train/lm_loss (never with auxiliary terms), gradient norm, rate, and for each mixture layer
/// router/<layer>/load_max_over_mean, entropy (nats) and dead_experts; balances raw and weighted.
BTX_EXPORT MetricList step_metrics(double lm_loss, double norm, double rate,
                                   const std::vector<BalanceStatistics>& routing,
                                   const std::vector<Balances::Logged>& balances);

}  // namespace btx
