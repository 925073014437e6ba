// Keeps gate logits small: the mean of (log sum_i exp(logit_i))^2. It does not balance.
// Source: Zoph et al. 2022, ST-MoE, arXiv:2202.08906, equation 5.
#include <btx/balance.hpp>
#include <btx/plugin.hpp>

namespace {

class ZLoss final : public btx::Balance {
 public:
  struct Config {
    double alpha = 0.001;
    void fields(btx::Fields& f) { f("alpha", alpha, "strength", {.min = 0}); }
  };

  explicit ZLoss(const Config& config) : alpha_(config.alpha) {}

  double weight() const override { return alpha_; }
  bool needs_step_means() const override { return false; }  // linear in z

  btx::BalanceLoss evaluate(const btx::BalanceStatistics& s) const override {
    btx::BalanceLoss loss;
    loss.value = s.z;
    loss.d_z = 1;
    return loss;
  }

 private:
  double alpha_;
};

}  // namespace

BTX_PLUGIN("z_loss", "0.1.0", registrar) {
  registrar.add<btx::Balance, ZLoss>("z_loss", "mean squared log-sum-exp of the gate logits");
}
