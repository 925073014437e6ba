// The paper's load balancing: alpha N sum_i u_i p_i, with u the mean gate weight and p the mean
// probability of expert i. At perfect balance the raw value is 1 where gate weights sum to 1.
// Source: arXiv:2403.07816, section 3.3.
#include <btx/balance.hpp>
#include <btx/plugin.hpp>

namespace {

class BtxBalance final : public btx::Balance {
 public:
  struct Config {
    double alpha = 0.01;
    bool detach_u = false;
    void fields(btx::Fields& f) {
      f("alpha", alpha, "strength", {.min = 0});
      f("detach_u", detach_u, "no gradient through the gate weights; the paper does not say");
    }
  };

  explicit BtxBalance(const Config& config) : config_(config) {}

  double weight() const override { return config_.alpha; }

  btx::BalanceLoss evaluate(const btx::BalanceStatistics& s) const override {
    const auto experts = static_cast<double>(s.u.size());
    btx::BalanceLoss loss;
    loss.d_p.resize(s.u.size());
    if (!config_.detach_u) loss.d_u.resize(s.u.size());
    for (std::size_t i = 0; i < s.u.size(); ++i) {
      loss.value += experts * s.u[i] * s.p[i];
      loss.d_p[i] = experts * s.u[i];
      if (!config_.detach_u) loss.d_u[i] = experts * s.p[i];
    }
    return loss;
  }

 private:
  Config config_;
};

}  // namespace

BTX_PLUGIN("balance_btx", "0.1.0", registrar) {
  registrar.add<btx::Balance, BtxBalance>("btx", "alpha N sum u p, with gate weights (BTX)");
}
