#pragma once
// A balance turns the routing statistics of one layer into a loss term. The core accumulates them
// over micro-batches and processes, scales, differentiates and logs, so that the strength of a
// balance cannot depend on how a step was cut.

#include <btx/export.hpp>

#include <cstdint>
#include <vector>

namespace btx {

/// One layer's means over the tokens of the balance's scope; padding is never counted. E experts.
struct BalanceStatistics {
  std::vector<double> u;       ///< [E] mean gate weight
  std::vector<double> p;       ///< [E] mean probability
  std::vector<double> load;    ///< [E] mean number of slots a token gave the expert; no gradient
  std::vector<double> chosen;  ///< [E] as load, before slots were dropped for lack of capacity
  double z = 0;                ///< mean squared log-sum-exp of the gate logits
  double tokens = 0;           ///< how many the means are over
};

/// A value and its derivatives by the statistics. Derivatives left empty are zero.
struct BalanceLoss {
  double value = 0;
  std::vector<double> d_u;  ///< [E]
  std::vector<double> d_p;  ///< [E]
  double d_z = 0;
};

class BTX_EXPORT Balance {
 public:
  static constexpr const char* kKind = "balance";
  virtual ~Balance();

  /// What the value is multiplied by in the total loss; logged beside the raw value.   [any]
  virtual double weight() const = 0;

  /// The raw value for one layer. Called in float64, by one thread.   [any]
  virtual BalanceLoss evaluate(const BalanceStatistics& statistics) const = 0;

  /// Numbers of state for one layer, zero at first; saved and continued exactly. Default: none.
  virtual std::int64_t state_size(std::int64_t num_experts) const;

  /// [E] added to the scores when experts are chosen, never to weights. Empty: none.   [any]
  virtual std::vector<double> selection_bias(const std::vector<double>& state,
                                             std::int64_t num_experts) const;

  /// Once after each optimizer step and layer, the only place where state changes.   [main]
  virtual void after_step(const BalanceStatistics& statistics, std::vector<double>& state) const;
};

}  // namespace btx
