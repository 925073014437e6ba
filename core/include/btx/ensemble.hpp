#pragma once
// An ensemble weighs several models' next-token probabilities by the text so far. The core runs
// the members, mixes probabilities, and counts the cost of every member that runs.

#include <btx/export.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace btx {

/// A member: a model and the domain it was trained on (empty: all).
struct EnsembleMember {
  std::string name;
  std::string domain;
};

/// What an ensemble may be fitted on; never test text.
struct EnsembleFit {
  std::vector<EnsembleMember> members;
  std::vector<std::vector<std::string>> documents;  ///< [members]: of what it was trained on
  std::vector<std::vector<double>> dev_loss;        ///< [dev documents][members] nats in all
  std::vector<std::string> dev_domains;             ///< [dev documents]
};

/// What is known of a text before its next tokens.
struct TextBefore {
  std::string text;         ///< the prompt and what has followed it
  std::string domain = {};  ///< whose dev text is of the same kind: the domain that is scored, or
                            ///< an evaluation set's prior_from; empty: none is known to be
};

/// The smallest one, in which all members have the same weight:
///
///     class Equal final : public btx::Ensemble {
///      public:
///       struct Config {
///         void fields(btx::Fields& /*f*/) {}
///       };
///       explicit Equal(const Config& /*config*/) {}
///       std::string fit(const btx::EnsembleFit& fit) const override {
///         return std::to_string(fit.members.size());
///       }
///       void restore(const std::string& state) override { members_ = std::stoul(state); }
///       std::vector<double> weights(const btx::TextBefore& /*before*/,
///                                   std::span<const std::vector<double>>) const override {
///         return std::vector<double>(members_, 1.0 / static_cast<double>(members_));
///       }
///
///      private:
///       std::size_t members_ = 0;
///     };
///     BTX_PLUGIN("smallest_ensemble", "0.1.0", registrar) {
///       registrar.add<btx::Ensemble, Equal>("smallest", "the mean of all members");
///     }
class BTX_EXPORT Ensemble {
 public:
  static constexpr const char* kKind = "ensemble";
  virtual ~Ensemble();

  /// Whether fit() needs EnsembleFit::documents. Default: no.   [any]
  virtual bool needs_documents() const;
  /// Whether fit() needs EnsembleFit::dev_loss. Default: no.   [any]
  virtual bool needs_dev_loss() const;
  /// Whether weights() needs log-probabilities: then every member runs. Default: no.   [any]
  virtual bool needs_log_probabilities() const;

  /// The state (vocabularies, vectors, priors) as text, stored with the ensemble.   [main]
  virtual std::string fit(const EnsembleFit& fit) const = 0;

  /// Takes up a stored state; called once, before weights(). Throws btx::Error for text that fit()
  /// did not write.   [main]
  virtual void restore(const std::string& state) = 0;

  /// How many tokens the weights of one call of weights() hold for, 1 or more. Default: 1
  /// token.   [any]
  virtual std::int64_t interval() const;

  /// Weights [members] for the next tokens, non-negative, of sum 1, from the text before them and
  /// the members' log-probabilities of each earlier token ([members][tokens], if
  /// needs_log_probabilities()), those of the prompt included, but for its first one, of which
  /// nothing comes before; never from the text being scored. Unless all have to run, a member
  /// counts as run up to the last tokens for which it has a weight.   [any]
  virtual std::vector<double> weights(
      const TextBefore& before, std::span<const std::vector<double>> log_probabilities) const = 0;
};

}  // namespace btx
