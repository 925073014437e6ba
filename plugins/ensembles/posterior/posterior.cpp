// Members weighted by Bayes' rule: how probable each has found the text so far, the prompt
// included. Source: arXiv:2208.03306, section 3 (Branch-Train-Merge's ensemble); the priors are
// those of DEMix, arXiv:2108.05036, section 4.2.
#include "common/state.hpp"

#include <btx/ensemble.hpp>
#include <btx/plugin.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
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

class Posterior final : public btx::Ensemble {
 public:
  struct Config {
    std::string prior = "uniform";
    double decay = 0.3;
    std::int64_t top_k = 0;
    std::int64_t every = 1;
    void fields(btx::Fields& f) {
      f("prior", prior,
        "uniform; cached, the mean posterior at the end of dev documents of the domain that is "
        "scored (a set's prior_from); updating, a moving mean of the text's earlier posteriors",
        {.choices = {"uniform", "cached", "updating"}});
      f("decay", decay, "updating: what a posterior's weight is multiplied by at each token",
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
    Priors priors;
    if (needs_dev_loss()) priors = mean_posteriors(fit);
    priors[""] = mean_of(priors, members);
    nlohmann::json state = ensembles::new_state("posterior", fit.members);
    state["priors"] = priors;
    return state.dump();
  }

  void restore(const std::string& state) override {
    ensembles::read_state(state, "posterior", [&](const nlohmann::json& json, std::size_t members) {
      priors_ = json.at("priors").get<Priors>();
      if (priors_.count("") == 0) throw btx::Error("the stored state has no prior; fit it again");
      for (const auto& [domain, prior] : priors_) check_prior(prior, members);
      ensembles::require_members(config_.top_k, members);
    });
  }

  bool needs_log_probabilities() const override { return true; }

  std::int64_t interval() const override { return config_.every; }

  std::vector<double> weights(
      const btx::TextBefore& before,
      std::span<const std::vector<double>> log_probabilities) const override {
    const auto known = priors_.find(before.domain);
    const Weights& prior = known == priors_.end() ? priors_.at("") : known->second;
    std::vector<double> result = config_.prior == "updating" ? followed(prior, log_probabilities)
                                                             : posterior(prior, log_probabilities);
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
  static constexpr double kLeast = 1e-12;
  using Weights = std::vector<double>;
  using Priors = std::map<std::string, Weights>;  ///< by domain; "": where none is known

  static void check_prior(const Weights& prior, std::size_t members) {
    const double sum = std::accumulate(prior.begin(), prior.end(), 0.0);
    const bool negative = std::any_of(prior.begin(), prior.end(), [](double w) { return w < 0; });
    if (prior.size() == members && !negative && std::abs(sum - 1) < 1e-6) return;
    throw btx::Error(fmt::format(
        "the stored state has {} prior weights of sum {:g} for {} members; fit it again",
        prior.size(), sum, members));
  }

  /// Of each domain the mean over its dev documents of the posterior at their end, kLeast at least:
  /// a member with no prior at all would be out whatever it says of a text.
  static Priors mean_posteriors(const btx::EnsembleFit& fit) {
    if (fit.dev_loss.empty()) {
      throw btx::Error(btx::ExitCode::usage,
                       "prior = \"cached\" needs dev text, but there is none; give a domain dev "
                       "text or set prior = \"uniform\"");
    }
    const std::size_t members = fit.members.size();
    Priors priors;
    std::map<std::string, double> documents;
    for (std::size_t d = 0; d < fit.dev_loss.size(); ++d) {
      Logs logs;
      for (const double loss : fit.dev_loss[d]) logs.push_back(-loss);
      Weights& sum = priors[fit.dev_domains.at(d)];
      sum.resize(members);
      const auto end = normalised(logs, uniform(members));
      for (std::size_t m = 0; m < members; ++m) sum[m] += end.at(m);
      documents[fit.dev_domains[d]] += 1;
    }
    for (auto& [domain, sum] : priors) {
      double total = 0;
      for (double& weight : sum) total += weight = std::max(weight / documents[domain], kLeast);
      for (double& weight : sum) weight /= total;
    }
    return priors;
  }

  static Weights uniform(std::size_t members) {
    return Weights(members, 1.0 / static_cast<double>(members));
  }

  /// Each domain counts once, whatever its number of documents.
  static Weights mean_of(const Priors& priors, std::size_t members) {
    if (priors.empty()) return uniform(members);
    Weights mean(members);
    for (const auto& [domain, prior] : priors) {
      for (std::size_t m = 0; m < members; ++m) {
        mean[m] += prior[m] / static_cast<double>(priors.size());
      }
    }
    return mean;
  }

  static Weights posterior(const Weights& prior,
                           std::span<const std::vector<double>> log_probabilities) {
    Logs logs;
    for (const double value : prior) logs.push_back(std::log(value));
    for (std::size_t member = 0; member < logs.size(); ++member) {
      for (const double value : log_probabilities[member]) logs[member] += value;
    }
    return normalised(logs, prior);
  }

  /// The posterior after all tokens. Its prior is the mean of the posteriors after 0, 1, ...
  /// tokens, the newest with weight 1 and each older one with `decay` times that of the next.
  Weights followed(const Weights& prior,
                   std::span<const std::vector<double>> log_probabilities) const {
    Logs likelihood(prior.size(), 0.0);
    Weights now = prior;
    Weights sum(prior.size(), 0.0);
    for (std::size_t token = 0; token < log_probabilities[0].size(); ++token) {
      for (std::size_t m = 0; m < prior.size(); ++m) {
        sum[m] = config_.decay * sum[m] + now[m];
        likelihood[m] += log_probabilities[m][token];
      }
      Logs logs = likelihood;
      for (std::size_t m = 0; m < prior.size(); ++m) logs[m] += std::log(sum[m]);
      now = normalised(logs, now);
    }
    return now;
  }

  Config config_;
  Priors priors_;
};

}  // namespace

BTX_PLUGIN("ensemble_posterior", "0.2.0", registrar) {
  registrar.add<btx::Ensemble, Posterior>("posterior",
                                          "members by Bayes' rule from the text so far (BTM)");
}
