#pragma once
// An ensemble weighs several models' next-token probabilities by the text so far. The core runs
// the members, mixes probabilities, and counts the cost of every member that runs.

#include <btx/export.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace btx {

/// A member: a model and the documents it was trained on.
struct EnsembleMember {
  std::string name;
  std::string domain;
};

class BTX_EXPORT Ensemble {
 public:
  static constexpr const char* kKind = "ensemble";
  virtual ~Ensemble();

  /// Fits the state (vocabularies, vectors, priors) on training documents; `documents[m]` belong to
  /// member m. Returns it as text, to be stored with the ensemble.   [main]
  virtual std::string fit(const std::vector<EnsembleMember>& members,
                          const std::vector<std::vector<std::string>>& documents) const = 0;

  /// Weights [members] for the next token, non-negative, of sum 1, from the text before it and the
  /// members' log-probabilities of each earlier token ([members][tokens]); never from the text
  /// being scored. Zero: that member need not run.   [any]
  virtual std::vector<double> weights(
      const std::string& state, const std::string& text_before,
      std::span<const std::vector<double>> log_probabilities) const = 0;
};

}  // namespace btx
