#pragma once
// Balances in training: statistics of routing, reduced over the right scope, turned into gradients.

#include "plugin/component.hpp"
#include "recipe/schema/router.hpp"
#include "train/routing_sums.hpp"

#include <btx/balance.hpp>

#include <string>
#include <vector>

namespace btx {

/// One balance of the recipe.
struct ActiveBalance {
  std::string name;
  Component<Balance> component;
};

/// Those that a table names, with the parameters of each.
std::vector<ActiveBalance> make_balances(const Value& params_by_plugin);

/// The balances of one training, with the scope of their means. Used by one thread at a time.
class BTX_EXPORT Balances {
 public:
  Balances(std::vector<ActiveBalance> balances, BalanceScope scope);

  /// Whether a step of several micro-batches needs the statistics of all of them first: a pass
  /// without gradients over each, for balances that have a weight and Balance::needs_step_means().
  bool needs_first_pass() const { return first_pass_; }

  /// Whether surrogate() looks at the statistics: the host waits for the device for them.
  bool needs_statistics() const { return needs_statistics_; }

  /// A scalar whose gradient is that of the weighted balance losses of this micro-batch's share of
  /// the step, whose routing is `sums` (Decoder::routing_sums()); undefined where there is none.
  /// `global` has the step's means, a site each, where needs_statistics(); `step_tokens` their
  /// number. Where the scope is smaller than the step, the host waits for the sums, and the share's
  /// part of the raw values is added to `raw` [balances].
  at::Tensor surrogate(const at::Tensor& sums, const std::vector<BalanceStatistics>& global,
                       double step_tokens, std::vector<double>& raw) const;

  /// The values that are optimised, summed over sites, by balance, and their weights; for the log.
  /// `raw` is what surrogate() added up over the whole step.
  struct Logged {
    std::string name;
    double raw, weighted;
  };
  std::vector<Logged> values(const std::vector<BalanceStatistics>& global,
                             const std::vector<double>& raw) const;

  std::size_t size() const { return balances_.size(); }

  /// Whether one of them moves the model's selection bias, which the model then has to have.
  bool moves_selection_bias() const;

  /// Lets them move the selection biases (Decoder::selection_biases(), none if the model has none)
  /// by the step's statistics, a site each, where the gate is not frozen.
  void after_step(const std::vector<BalanceStatistics>& global, const std::vector<bool>& frozen,
                  const std::vector<at::Tensor>& biases) const;

 private:
  bool any(bool (*property)(const Balance&)) const;

  std::vector<ActiveBalance> balances_;
  BalanceScope scope_;
  bool first_pass_ = false;
  bool needs_statistics_ = false;
};

}  // namespace btx
