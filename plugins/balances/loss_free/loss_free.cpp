// Balancing without a loss: a bias for each expert, added to scores when experts are chosen, rises
// while the expert gets less than its share and falls while it gets more.
// Source: Wang et al. 2024, arXiv:2408.15664, section 2 and algorithm 1.
#include <btx/balance.hpp>
#include <btx/plugin.hpp>

#include <cmath>
#include <numeric>

namespace {

class LossFree final : public btx::Balance {
 public:
  struct Config {
    double rate = 0.001;
    void fields(btx::Fields& f) { f("rate", rate, "how far a bias moves in a step", {.min = 0}); }
  };

  explicit LossFree(const Config& config) : rate_(config.rate) {}

  double weight() const override { return 0; }
  btx::BalanceLoss evaluate(const btx::BalanceStatistics& /*s*/) const override { return {}; }
  bool moves_selection_bias() const override { return true; }

  void after_step(const btx::BalanceStatistics& s, std::vector<double>& bias) const override {
    // What a capacity cut off would hide by how much an expert is asked for too often.
    const std::vector<double>& load = s.chosen.empty() ? s.load : s.chosen;
    const double sum = std::accumulate(load.begin(), load.end(), 0.0);
    const auto experts = static_cast<double>(load.size());
    for (std::size_t i = 0; i < load.size(); ++i) {
      // Tokens short of the mean, times the number of experts: whole, so that rounding of the means
      // moves no bias at perfect balance.
      const double missing = std::round((sum - experts * load[i]) * s.tokens);
      bias[i] += missing > 0 ? rate_ : missing < 0 ? -rate_ : 0;
    }
  }

 private:
  double rate_;
};

}  // namespace

BTX_PLUGIN("loss_free", "0.2.0", registrar) {
  registrar.add<btx::Balance, LossFree>("loss_free", "a selection bias that follows the load");
}
