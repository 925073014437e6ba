#pragma once
// What balances and reports see of routing: sums over the tokens of a micro-batch, and their means
// over a step.

#include "dist/process_group.hpp"
#include "model/batch.hpp"

#include <btx/balance.hpp>

#include <vector>

namespace btx {

/// Sums over tokens of one routing site, padding left out. G groups (the sequences of a
/// micro-batch), E experts. Names are those of BalanceStatistics. u, p and z carry gradients while
/// training.
struct RoutingSums {
  at::Tensor u, p, load, chosen;  ///< [G, E] float32 (float64 in tests)
  at::Tensor z, tokens;           ///< [G]
};

/// Sums of every routing site of a pass.   [any]
BTX_EXPORT std::vector<RoutingSums> routing_sums(const ForwardPass& pass, const Batch& batch);

/// Means over all groups of several micro-batches of one site, in float64.
class BTX_EXPORT RoutingMeans {
 public:
  void add(const RoutingSums& sums);
  /// Adds up what every process has; each must have had a micro-batch.
  void sum_over(ProcessGroup& processes);
  BalanceStatistics statistics() const;

 private:
  std::vector<double> u_, p_, load_, chosen_;
  double z_ = 0, tokens_ = 0;
};

/// Adds each site's sums to that site's running means.
BTX_EXPORT void add_sums(std::vector<RoutingMeans>& means, const std::vector<RoutingSums>& sums);
/// The means of every site.
BTX_EXPORT std::vector<BalanceStatistics> statistics_of(const std::vector<RoutingMeans>& means);

}  // namespace btx
