#include "eval/score.hpp"

#include "eval/branches.hpp"
#include "eval/encode_request.hpp"
#include "eval/windows.hpp"

#include <btx/error.hpp>

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <numeric>

namespace btx {
namespace {

/// Drops the beginning of a context that is too long, as lm-evaluation-harness does.
void fit_window(EncodedRequest& encoded, const std::string& place, std::int64_t window) {
  const auto most = static_cast<std::size_t>(window) + 1;
  if (encoded.ids.size() <= most) return;
  const std::size_t dropped = encoded.ids.size() - most;
  if (dropped >= encoded.first) {
    throw Error(
        fmt::format("{}: the continuation has {} tokens, more than the {} that the model "
                    "sees at once; leave the item out",
                    place, encoded.ids.size() - encoded.first, window));
  }
  encoded.ids.erase(encoded.ids.begin(),
                    encoded.ids.begin() + static_cast<std::ptrdiff_t>(dropped));
  encoded.first -= dropped;
}

}  // namespace

std::vector<std::vector<double>> token_losses(const Decoder& decoder, const Tokenizer& tokenizer,
                                              std::span<const Request> requests,
                                              const ScoreConfig& config, ExpertCounts* counts) {
  const at::NoGradGuard no_gradient;
  std::vector<std::vector<double>> losses(requests.size());
  std::vector<EncodedRequest> documents(requests.size());
  std::vector<EncodedRequest> continuations(requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (requests[i].continuation.empty()) continue;
    EncodedRequest encoded = encode_request(tokenizer, requests[i]);
    if (!requests[i].context.empty()) fit_window(encoded, requests[i].place, config.window);
    losses[i].resize(encoded.ids.size() - encoded.first);
    (requests[i].context.empty() ? documents : continuations)[i] = std::move(encoded);
  }
  score_windows(decoder, documents, config, losses, counts);
  score_branches(decoder, continuations, config, losses, counts);
  return losses;
}

std::vector<Answer> answers_of(const std::vector<std::vector<double>>& losses) {
  std::vector<Answer> answers;
  for (const auto& mine : losses) {
    answers.push_back({-std::accumulate(mine.begin(), mine.end(), 0.0),
                       static_cast<std::int64_t>(mine.size()),
                       {}});
  }
  return answers;
}

std::vector<Answer> score(const Decoder& decoder, const Tokenizer& tokenizer,
                          std::span<const Request> requests, const ScoreConfig& config,
                          ExpertCounts* counts) {
  return answers_of(token_losses(decoder, tokenizer, requests, config, counts));
}

}  // namespace btx
