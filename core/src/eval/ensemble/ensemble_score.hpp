#pragma once
// Answers of an ensemble, from the losses of its members.

#include "eval/ensemble/context_losses.hpp"
#include "plugin/component.hpp"
#include "tokenizer/tokenizer.hpp"

#include <btx/ensemble.hpp>
#include <btx/task.hpp>

#include <span>
#include <string>
#include <vector>

namespace btx {

/// What an ensemble answered, and how much of its members that took.
struct EnsembleAnswers {
  std::vector<Answer> answers;
  double tokens = 0;         ///< scored
  double member_tokens = 0;  ///< summed over tokens: members that had to run
};

/// What the members found: losses[member][request][token] are token_losses(). `contexts` are those
/// of the members, or empty if the ensemble does not need log-probabilities.
struct MemberLosses {
  const std::vector<std::vector<std::vector<double>>>& losses;
  const std::vector<ContextLosses>& contexts;
};

/// The log-likelihood of each request under the members' probabilities, mixed token by token with
/// the weights that the ensemble gives for the text before, its context included. `domain` is
/// TextBefore::domain of all requests.
/// Throws btx::Error (plugin) for weights that are negative or do not sum to 1.
BTX_EXPORT EnsembleAnswers score_ensemble(const Component<Ensemble>& ensemble,
                                          const Tokenizer& tokenizer,
                                          std::span<const Request> requests,
                                          const MemberLosses& members,
                                          const std::string& domain = {});

}  // namespace btx
