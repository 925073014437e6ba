// Switch's load balancing: N sum_i f_i p_i, with f the share of tokens that chose expert i, before
// any was dropped, and p its mean probability. f carries no gradient.
// Source: Fedus et al. 2022, arXiv:2101.03961, equations 4 to 6.
#include <btx/balance.hpp>
#include <btx/plugin.hpp>

#include <numeric>

namespace {

class SwitchBalance final : public btx::Balance {
 public:
  struct Config {
    double alpha = 0.01;
    void fields(btx::Fields& f) { f("alpha", alpha, "strength", {.min = 0}); }
  };

  explicit SwitchBalance(const Config& config) : alpha_(config.alpha) {}

  double weight() const override { return alpha_; }

  btx::BalanceLoss evaluate(const btx::BalanceStatistics& s) const override {
    const std::vector<double>& count = s.chosen.empty() ? s.load : s.chosen;
    const double all = std::accumulate(count.begin(), count.end(), 0.0);
    const auto experts = static_cast<double>(s.p.size());
    btx::BalanceLoss loss;
    if (all <= 0) return loss;  // nobody was chosen
    for (std::size_t i = 0; i < s.p.size(); ++i) {
      loss.d_p.push_back(experts * count[i] / all);
      loss.value += loss.d_p[i] * s.p[i];
    }
    return loss;
  }

 private:
  double alpha_;
};

}  // namespace

BTX_PLUGIN("balance_switch", "0.1.0", registrar) {
  registrar.add<btx::Balance, SwitchBalance>("switch", "alpha N sum f p, with counts (Switch)");
}
