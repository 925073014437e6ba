// Members weighted by Bayes' rule: how probable each has found the text so far.
// Source: arXiv:2208.03306, section 3 (Branch-Train-Merge's ensemble).
#include "common/state.hpp"

#include <btx/ensemble.hpp>
#include <btx/plugin.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace {

using Logs = std::vector<double>;

/// Probabilities of sum 1 from their logarithms up to a constant; `otherwise` where all are zero.
std::vector<double> normalised(const Logs& logs, const std::vector<double>& otherwise) {
  const double top = *std::max_element(logs.begin(), logs.end());
  if (!std::isfinite(top)) return otherwise;
  std::vector<double> result;
  double sum = 0;
  for (const double value : logs) sum += result.emplace_back(std::exp(value - top));
  for (double& value : result) value /= sum;
  return result;
}

/// log(exp(a) + exp(b)).
double log_add(double a, double b) {
  const double top = std::max(a, b);
  return std::isfinite(top) ? top + std::log1p(std::exp(std::min(a, b) - top)) : top;
}

/// Takes log(sum of exp) away.
void normalise_logs(Logs& logs) {
  double sum = -std::numeric_limits<double>::infinity();
  for (const double value : logs) sum = log_add(sum, value);
  if (!std::isfinite(sum)) return;
  for (double& value : logs) value -= sum;
}

class Posterior final : public btx::Ensemble {
 public:
  struct Config {
    std::string prior = "uniform";
    double decay = 0.7;
    std::int64_t top_k = 0;
    std::int64_t every = 1;
    void fields(btx::Fields& f) {
      f("prior", prior, "what the members' weights are before the text, or how they follow it",
        {.choices = {"uniform", "cached", "updating"}});
      f("decay", decay, "updating: share of the old weights that each token leaves",
        {.min = 0, .max = 1});
      f("top_k", top_k, "members that keep their weight; 0: all", {.min = 0});
      f("every", every, "tokens from one weighing to the next", {.min = 1});
    }
  };

  explicit Posterior(const Config& config) : config_(config) {}

  bool needs_dev_loss() const override { return config_.prior == "cached"; }

  std::string fit(const btx::EnsembleFit& fit) const override {
    ensembles::require_members(config_.top_k, fit.members.size());
    const std::size_t members = fit.members.size();
    std::vector<double> prior(members, 1.0 / static_cast<double>(members));
    if (needs_dev_loss()) prior = mean_posterior(fit, prior);
    nlohmann::json state = ensembles::new_state("posterior", fit.members);
    state["prior"] = prior;
    return state.dump();
  }

  void restore(const std::string& state) override {
    ensembles::read_state(state, "posterior", [&](const nlohmann::json& json, std::size_t members) {
      prior_ = json.at("prior").get<std::vector<double>>();
      const double sum = std::accumulate(prior_.begin(), prior_.end(), 0.0);
      const bool negative =
          std::any_of(prior_.begin(), prior_.end(), [](double value) { return value < 0; });
      if (prior_.size() != members || negative || !(std::abs(sum - 1) < 1e-6)) {
        throw btx::Error(
            fmt::format("the stored state has {} prior weights of sum {:g} for {} "
                        "members; fit it again",
                        prior_.size(), sum, members));
      }
      ensembles::require_members(config_.top_k, members);
    });
  }

  bool needs_log_probabilities() const override { return true; }

  std::int64_t interval() const override { return config_.every; }

  std::vector<double> weights(
      const std::string& /*text_before*/,
      std::span<const std::vector<double>> log_probabilities) const override {
    const Logs logs =
        config_.prior == "updating" ? followed(log_probabilities) : summed(log_probabilities);
    std::vector<double> result = normalised(logs, prior_);
    if (config_.top_k == 0) return result;
    std::vector<double> kept(result.size(), 0.0);
    double sum = 0;
    for (const auto member : ensembles::largest(result, static_cast<std::size_t>(config_.top_k))) {
      sum += kept[member] = result[member];
    }
    for (double& value : kept) value /= sum;
    return kept;
  }

 private:
  static std::vector<double> mean_posterior(const btx::EnsembleFit& fit,
                                            const std::vector<double>& uniform) {
    if (fit.dev_loss.empty()) {
      throw btx::Error(btx::ExitCode::usage,
                       "prior = \"cached\" needs dev text, but there is none; give a domain dev "
                       "text or set prior = \"uniform\"");
    }
    std::vector<double> mean(uniform.size(), 0.0);
    for (const auto& losses : fit.dev_loss) {
      Logs logs;
      for (const double loss : losses) logs.push_back(-loss);
      const auto posterior = normalised(logs, uniform);
      for (std::size_t member = 0; member < mean.size(); ++member) {
        mean[member] += posterior.at(member) / static_cast<double>(fit.dev_loss.size());
      }
    }
    return mean;
  }

  Logs log_prior() const {
    Logs logs;
    for (const double value : prior_) logs.push_back(std::log(value));
    return logs;
  }

  Logs summed(std::span<const std::vector<double>> log_probabilities) const {
    Logs logs = log_prior();
    for (std::size_t member = 0; member < logs.size(); ++member) {
      for (const double value : log_probabilities[member]) logs[member] += value;
    }
    return logs;
  }

  /// weights <- decay x weights + (1 - decay) x posterior, token by token.
  Logs followed(std::span<const std::vector<double>> log_probabilities) const {
    Logs logs = log_prior();
    for (std::size_t token = 0; token < log_probabilities[0].size(); ++token) {
      Logs posterior = logs;
      for (std::size_t member = 0; member < logs.size(); ++member) {
        posterior[member] += log_probabilities[member][token];
      }
      normalise_logs(posterior);
      for (std::size_t member = 0; member < logs.size(); ++member) {
        logs[member] = log_add(std::log(config_.decay) + logs[member],
                               std::log1p(-config_.decay) + posterior[member]);
      }
    }
    return logs;
  }

  Config config_;
  std::vector<double> prior_;  ///< [members]
};

}  // namespace

BTX_PLUGIN("ensemble_posterior", "0.1.0", registrar) {
  registrar.add<btx::Ensemble, Posterior>("posterior",
                                          "members by Bayes' rule from the text so far (BTM)");
}
