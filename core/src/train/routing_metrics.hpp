#pragma once
// Routing statistics of a step as numbers for the log.

#include "model_spec/routing_sites.hpp"
#include "train/balances.hpp"
#include "train/metrics.hpp"

#include <vector>

namespace btx {

/// train/lm_loss (never with auxiliary terms), gradient norm, rate, and for each routing site
/// router/<name>/load_max_over_mean, entropy (nats), dead_experts and dropped (share of the chosen
/// slots that capacity dropped); balances raw and weighted.
BTX_EXPORT MetricList step_metrics(double lm_loss, double norm, double rate,
                                   const std::vector<RoutingSite>& sites,
                                   const std::vector<BalanceStatistics>& routing,
                                   const std::vector<Balances::Logged>& balances);

}  // namespace btx
