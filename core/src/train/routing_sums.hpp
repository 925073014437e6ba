#pragma once
// What balances and reports see of routing: sums over the tokens of a micro-batch, and their means
// over a step.

#include "model/batch.hpp"

#include <btx/balance.hpp>

#include <span>
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

/// Sums over all groups of several micro-batches of one site, in float64 on the device.
class BTX_EXPORT RoutingMeans {
 public:
  void add(const RoutingSums& sums);
  /// [4 E + 2]: u, p, load, chosen, z, tokens.
  const at::Tensor& sums() const { return sums_; }
  /// The means of such sums, which are on the host.
  static BalanceStatistics of(std::span<const double> sums);

 private:
  at::Tensor sums_;
};

/// Adds each site's sums to that site's running means.
BTX_EXPORT void add_sums(std::vector<RoutingMeans>& means, const std::vector<RoutingSums>& sums);
/// The means of every site; waits for the device, once.
BTX_EXPORT std::vector<BalanceStatistics> statistics_of(const std::vector<RoutingMeans>& means);

}  // namespace btx
