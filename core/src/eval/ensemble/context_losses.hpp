#pragma once
// What a model found of the contexts of requests, for ensembles that weigh members by it.

#include "eval/score.hpp"

#include <vector>

namespace btx {

/// Losses in nats of each context's own tokens but the first, by request.
class BTX_EXPORT ContextLosses {
 public:
  /// None of a request without a context or without a continuation. Contexts that are cut to the
  /// window lose their beginning, as in token_losses(). The same context of several requests goes
  /// through the model once. Throws btx::Error as token_losses().
  ContextLosses(const Decoder& decoder, const Tokenizer& tokenizer,
                std::span<const Request> requests, const ScoreConfig& config);

  const std::vector<double>& of(std::size_t request) const { return losses_[text_[request]]; }

 private:
  std::vector<std::vector<double>> losses_;
  std::vector<std::size_t> text_;  ///< [requests] index into losses_
};

}  // namespace btx
