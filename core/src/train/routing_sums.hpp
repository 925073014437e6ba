#pragma once
// Sums of what routing did (Decoder::routing_sums()) over the micro-batches of a step, and their
// means.

#include <btx/balance.hpp>

#include <ATen/core/Tensor.h>

#include <vector>

namespace btx {

/// Running sums of every routing site, in float64 on the device. S sites, E experts.
class BTX_EXPORT RoutingSums {
 public:
  /// Adds those of a micro-batch, [S, G, 4 E + 2] or undefined, over its G sequences.
  void add(const at::Tensor& sums);
  /// [S, 4 E + 2], or undefined.
  const at::Tensor& sums() const { return sums_; }

 private:
  at::Tensor sums_;
};

/// The means of each row of sums [..., 4 E + 2], on the host if waiting for the device is to be
/// avoided; none of an undefined tensor.   [any]
BTX_EXPORT std::vector<BalanceStatistics> statistics_of(const at::Tensor& sums);

}  // namespace btx
