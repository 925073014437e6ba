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
  std::vector<double> u;       ///< [E] mean gate weight, 0 or more; sums to 1 for most routers
  std::vector<double> p;       ///< [E] mean probability, from 0 to 1; sums to 1 for most routers
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

/// The loss of a step is that of the language model plus, for every balance and routing site,
/// weight() x evaluate(statistics of the site).value; it is a sum over sites, not their mean. With
/// [router] balance_scope "micro_batch" or "sequence" the value is the mean over those groups.
///
/// The smallest one, which wants all experts equally probable; its least value is 1 / E:
///
///     class Even final : public btx::Balance {
///      public:
///       struct Config {
///         double strength = 0.01;
///         void fields(btx::Fields& f) { f("strength", strength, "weight of the loss"); }
///       };
///       explicit Even(const Config& config) : config_(config) {}
///       double weight() const override { return config_.strength; }
///       btx::BalanceLoss evaluate(const btx::BalanceStatistics& s) const override {
///         btx::BalanceLoss loss;
///         for (const double p : s.p) {
///           loss.value += p * p;
///           loss.d_p.push_back(2 * p);
///         }
///         return loss;
///       }
///
///      private:
///       Config config_;
///     };
///     BTX_PLUGIN("smallest_balance", "0.1.0", registrar) {
///       registrar.add<btx::Balance, Even>("smallest", "sum of squared mean probabilities");
///     }
class BTX_EXPORT Balance {
 public:
  static constexpr const char* kKind = "balance";
  virtual ~Balance();

  /// What the value is multiplied by in the total loss; logged beside the raw value.   [any]
  virtual double weight() const = 0;

  /// The raw value for one routing site, and its derivatives, in float64. Pure.   [any]
  virtual BalanceLoss evaluate(const BalanceStatistics& statistics) const = 0;

  /// Whether the derivatives depend on the statistics, so that a step of several micro-batches has
  /// to know its own before the first gradient: a forward pass more, whose FLOPs are counted.
  /// Default: yes. Never asked where weight() is 0.   [any]
  virtual bool needs_step_means() const;

  /// Whether after_step() moves the router's selection bias, which then belongs to the model: saved
  /// with it, and added to scores wherever experts are chosen, in training or not. Default:
  /// no.   [any]
  virtual bool moves_selection_bias() const;

  /// Once after each optimizer step and routing site whose gate is not frozen. `selection_bias` [E]
  /// is zero in a new model; it may change only if moves_selection_bias(). Default:
  /// nothing.   [main]
  virtual void after_step(const BalanceStatistics& statistics,
                          std::vector<double>& selection_bias) const;
};

}  // namespace btx
