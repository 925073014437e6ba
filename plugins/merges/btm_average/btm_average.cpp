// Branch-Train-Merge's weight average: one model of the inputs' shape, every tensor the weighted
// mean; of mixtures with the same experts also gates and what the router owns.
// Source: arXiv:2208.03306, section 3.
#include <btx/merge_strategy.hpp>
#include <btx/plugin.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace {

class BtmAverage final : public btx::MergeStrategy {
 public:
  struct Config {
    std::string weighting = "given";
    std::map<std::string, double> weights;
    double temperature_tokens = 100;
    void fields(btx::Fields& f) {
      f("weighting", weighting, "where the weights come from: `weights`, none, or dev text",
        {.choices = {"given", "uniform", "posterior"}});
      f("weights", weights, "given: of each model, by name; empty: all alike");
      f("temperature_tokens", temperature_tokens,
        "posterior: tokens of text whose domain is to be told; more make one model win",
        {.min = 0});
    }
  };

  explicit BtmAverage(const Config& config) : config_(config) {}

  bool needs_dev_loss() const override { return config_.weighting == "posterior"; }

  btx::MixPlan plan(const btx::MergeInputs& inputs) const override {
    return btx::average_plan(inputs, weights_of(inputs));
  }

 private:
  std::vector<double> weights_of(const btx::MergeInputs& inputs) const {
    if (config_.weighting != "given" && !config_.weights.empty()) {
      throw btx::Error(
          btx::ExitCode::usage,
          fmt::format("weights: they are read with weighting = \"given\" alone, but it "
                      "is \"{}\"; leave one of the two out",
                      config_.weighting));
    }
    // Planning comes before there is a model to be scored.
    const bool posterior = needs_dev_loss() && !inputs.dev_loss.empty();
    return posterior ? posterior_weights(inputs) : btx::average_weights(inputs, config_.weights);
  }

  /// Mean over domains of p(model | text of the domain), all models alike before.
  std::vector<double> posterior_weights(const btx::MergeInputs& inputs) const {
    std::vector<double> weights(inputs.models.size(), 0.0);
    const std::size_t domains = inputs.domains.size();
    for (std::size_t domain = 0; domain < domains; ++domain) {
      const std::vector<double> posterior = posterior_of(inputs, domain);
      for (std::size_t model = 0; model < weights.size(); ++model) {
        weights[model] += posterior[model] / static_cast<double>(domains);
      }
    }
    return weights;
  }

  std::vector<double> posterior_of(const btx::MergeInputs& inputs, std::size_t domain) const {
    std::vector<double> log_likelihood;
    for (const auto& losses : inputs.dev_loss) {
      if (!std::isfinite(losses.at(domain))) {
        throw btx::Error(fmt::format("the dev loss of '{}' in domain '{}' is {}",
                                     inputs.models[log_likelihood.size()].info.name,
                                     inputs.domains[domain], losses[domain]));
      }
      log_likelihood.push_back(-losses[domain] * config_.temperature_tokens);
    }
    const double top = *std::max_element(log_likelihood.begin(), log_likelihood.end());
    double sum = 0;
    for (double& value : log_likelihood) sum += value = std::exp(value - top);
    for (double& value : log_likelihood) value /= sum;
    return log_likelihood;
  }

  Config config_;
};

}  // namespace

BTX_PLUGIN("btm_average", "0.2.0", registrar) {
  registrar.add<btx::MergeStrategy, BtmAverage>("btm_average",
                                                "the models' weights averaged to one model");
}
