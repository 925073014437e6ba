#pragma once
// Answers of an ensemble, from the losses of its members.

#include "plugin/component.hpp"
#include "tokenizer/tokenizer.hpp"

#include <btx/ensemble.hpp>
#include <btx/task.hpp>

#include <span>
#include <vector>

namespace btx {

struct EnsembleAnswers {
  std::vector<Answer> answers;
  double tokens = 0;         ///< scored
  double member_tokens = 0;  ///< summed over tokens: members that had to run
};

/// The log-likelihood of each request under the members' probabilities, mixed token by token with
/// the weights that the ensemble gives for the text before. losses[member][request][token] are
/// token_losses() of the members.
/// Throws btx::Error (plugin) for weights that are negative or do not sum to 1.
BTX_EXPORT EnsembleAnswers score_ensemble(
    const Component<Ensemble>& ensemble, const Tokenizer& tokenizer,
    std::span<const Request> requests, const std::vector<std::vector<std::vector<double>>>& losses);

}  // namespace btx
