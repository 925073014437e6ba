#pragma once
// Balances in training: statistics of routing, reduced over the right scope, turned into gradients.

#include "model/router_host.hpp"
#include "plugin/component.hpp"

#include <btx/balance.hpp>

#include <string>
#include <vector>

namespace btx {

/// Sums over tokens of one routing site, padding left out. G groups (the sequences of a
/// micro-batch), E experts. u, p and z carry gradients while training.
struct RoutingSums {
  at::Tensor u, p, load, chosen;  ///< [G, E] float32 (float64 in tests)
  at::Tensor z, tokens;           ///< [G]
};

/// Sums of every routing site of a pass.
BTX_EXPORT std::vector<RoutingSums> routing_sums(const ForwardPass& pass, const Batch& batch);

/// Means over all groups of several micro-batches of one site, in float64.
class BTX_EXPORT RoutingMeans {
 public:
  void add(const RoutingSums& sums);
  BalanceStatistics statistics() const;

 private:
  std::vector<double> u_, p_, load_, chosen_;
  double z_ = 0, tokens_ = 0;
};

/// One balance of the recipe.
struct ActiveBalance {
  std::string name;
  Component<Balance> component;
};

/// Over which tokens a balance's means are taken.
enum class BalanceScope { sequence, micro_batch, global };

class BTX_EXPORT Balances {
 public:
  Balances(std::vector<ActiveBalance> balances, BalanceScope scope, std::size_t sites,
           std::int64_t experts);

  /// Whether a step of several micro-batches needs the statistics of all of them first.
  bool needs_first_pass() const { return !balances_.empty() && scope_ == BalanceScope::global; }

  /// A scalar whose gradient is that of the weighted balance losses of this micro-batch's share of
  /// the step. `global` has the step's means, a site each; `step_tokens` their number.
  at::Tensor surrogate(const std::vector<RoutingSums>& sums,
                       const std::vector<BalanceStatistics>& global, double step_tokens) const;

  /// Raw values summed over sites, by balance, and their weights; for the log.
  struct Logged {
    std::string name;
    double raw, weighted;
  };
  std::vector<Logged> values(const std::vector<BalanceStatistics>& global) const;

  /// [E] for each routing site, or undefined where no balance gives one.
  std::vector<at::Tensor> selection_bias(at::Device device) const;
  void after_step(const std::vector<BalanceStatistics>& global);

  /// State of every balance and site, in a fixed order, for checkpoints.
  std::vector<std::vector<double>>& state() { return state_; }

 private:
  at::Tensor site_term(const RoutingSums& sums, const BalanceStatistics& global,
                       double step_tokens) const;
  std::vector<double>& state_of(std::size_t balance, std::size_t site);

  std::vector<ActiveBalance> balances_;
  BalanceScope scope_;
  std::size_t sites_;
  std::int64_t experts_;
  std::vector<std::vector<double>> state_;  ///< [balance x sites + site]
};

}  // namespace btx
