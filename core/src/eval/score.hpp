#pragma once
// Log-likelihoods of text under a model.

#include "eval/expert_counts.hpp"
#include "model/decoder.hpp"
#include "tokenizer/tokenizer.hpp"

#include <btx/task.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace btx {

/// How long text is cut, and how much goes through the model at once.
struct ScoreConfig {
  std::int64_t window = 0;  ///< at most the model's context
  std::int64_t batch_size =
      16;  ///< whole windows of one pass; shorter ones fill up to as many tokens
  std::uint64_t random_seed = 0;  ///< of routers that draw outside training
};

/// Losses in nats of every scored token, by request: what score() adds up. Requests that begin
/// alike are best put next to each other: what they share goes through the model once
/// (eval/branches.hpp). Throws btx::Error with the request's place for a continuation that is
/// longer than the window.
BTX_EXPORT std::vector<std::vector<double>> token_losses(const Decoder& decoder,
                                                         const Tokenizer& tokenizer,
                                                         std::span<const Request> requests,
                                                         const ScoreConfig& config,
                                                         ExpertCounts* counts = nullptr);

/// The answers that token_losses() come to.
BTX_EXPORT std::vector<Answer> answers_of(const std::vector<std::vector<double>>& losses);

/// Answers in the order of requests. Every token of a continuation is scored once; the first token
/// of an empty context follows tokenizer.start_ids(). Does not depend on the batch size.
/// `counts`, if given, adds up the routing: of documents each scored token's, of contexts and
/// continuations that of every token which went through the model, a shared context once.
BTX_EXPORT std::vector<Answer> score(const Decoder& decoder, const Tokenizer& tokenizer,
                                     std::span<const Request> requests, const ScoreConfig& config,
                                     ExpertCounts* counts = nullptr);

}  // namespace btx
