#include "eval/score.hpp"

#include "eval/branches.hpp"
#include "eval/encode_request.hpp"
#include "eval/nan_error.hpp"
#include "eval/windows.hpp"

#include <btx/log.hpp>

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace btx {

std::vector<std::vector<double>> token_losses(const Decoder& decoder, const Tokenizer& tokenizer,
                                              std::span<const Request> requests,
                                              const ScoreConfig& config, ExpertCounts* counts) {
  const at::NoGradGuard no_gradient;
  std::vector<std::vector<double>> losses(requests.size());
  std::vector<EncodedRequest> documents(requests.size());
  std::vector<EncodedRequest> continuations(requests.size());
  std::size_t cut = 0;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (requests[i].continuation.empty()) continue;
    EncodedRequest encoded = encode_request(tokenizer, requests[i]);
    check_ids(encoded.ids, decoder.config().vocab_size, tokenizer, requests[i].place);
    if (!requests[i].context.empty()) {
      cut += fit_window(encoded, requests[i].place, config.window) > 0 ? 1 : 0;
    }
    losses[i].resize(encoded.ids.size() - encoded.first);
    (requests[i].context.empty() ? documents : continuations)[i] = std::move(encoded);
  }
  if (cut > 0) {
    log(LogLevel::warning, fmt::format("{} of {} contexts lost their beginning, to fit the window "
                                       "of {} tokens",
                                       cut, requests.size(), config.window));
  }
  score_windows(decoder, documents, config, losses, counts);
  score_branches(decoder, continuations, config, losses, counts);
  for (const auto& mine : losses) {
    if (std::any_of(mine.begin(), mine.end(), [](double l) { return std::isnan(l); })) {
      throw nan_error();
    }
  }
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
