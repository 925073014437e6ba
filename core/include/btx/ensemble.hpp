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
  std::vector<std::vector<std::string>> documents;  ///< [members]: train documents of its domain
  std::vector<std::vector<double>> dev_loss;        ///< [dev documents][members] nats in all
};

class BTX_EXPORT Ensemble {
 public:
  static constexpr const char* kKind = "ensemble";
  virtual ~Ensemble();

  /// What fit() needs beside the members. Default: nothing.   [any]
  virtual bool needs_documents() const;
  virtual bool needs_dev_loss() const;
  /// Whether weights() needs log-probabilities: then every member runs. Default: no.   [any]
  virtual bool needs_log_probabilities() const;

  /// The state (vocabularies, vectors, priors) as text, stored with the ensemble.   [main]
  virtual std::string fit(const EnsembleFit& fit) const = 0;

  /// Takes up a stored state; called once, before weights(). Throws btx::Error for text that fit()
  /// did not write.   [main]
  virtual void restore(const std::string& state) = 0;

  /// Tokens from one call of weights() to the next; the weights hold in between. Default: 1.
  virtual std::int64_t interval() const;

  /// Weights [members] for the next tokens, non-negative, of sum 1, from the text before them and
  /// the members' log-probabilities of each earlier token ([members][tokens], if
  /// needs_log_probabilities()); never from the text being scored. Unless all have to run, a member
  /// that has weight 0 for a whole text counts as not run.   [any]
  virtual std::vector<double> weights(
      const std::string& text_before,
      std::span<const std::vector<double>> log_probabilities) const = 0;
};

}  // namespace btx
