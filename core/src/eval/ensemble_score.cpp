#include "eval/ensemble_score.hpp"

#include "eval/encode_request.hpp"
#include "eval/ensemble_weights.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace btx {
namespace {

/// One request as the ensemble sees it.
class Text {
 public:
  Text(const Component<Ensemble>& ensemble, const Tokenizer& tokenizer, const Request& request,
       std::vector<const std::vector<double>*> losses)
      : ensemble_(ensemble),
        tokenizer_(tokenizer),
        losses_(std::move(losses)),
        seen_(losses_.size()),
        ran_(losses_.size()) {
    if (request.continuation.empty()) return;
    const EncodedRequest encoded = encode_request(tokenizer, request);
    const auto first = encoded.ids.begin() + static_cast<std::ptrdiff_t>(encoded.first);
    before_ = tokenizer.decode(std::vector<std::int32_t>(encoded.ids.begin(), first));
    ids_.assign(first, encoded.ids.end());
  }

  void score(EnsembleAnswers& all) {
    const bool all_run =
        ensemble_.call([](const Ensemble& e) { return e.needs_log_probabilities(); });
    const auto step = static_cast<std::size_t>(
        std::max<std::int64_t>(1, ensemble_.call([](const Ensemble& e) { return e.interval(); })));
    Answer answer;
    for (std::size_t begin = 0; begin < ids_.size(); begin += step) {
      const std::size_t end = std::min(ids_.size(), begin + step);
      const auto weights = ask();
      for (std::size_t t = begin; t < end; ++t) answer.log_likelihood += mixed(weights, t);
      advance(begin, end, all_run);
    }
    answer.tokens = static_cast<std::int64_t>(ids_.size());
    const auto run = all_run ? std::ssize(ran_) : std::count(ran_.begin(), ran_.end(), true);
    all.answers.push_back(answer);
    all.tokens += static_cast<double>(answer.tokens);
    all.member_tokens += static_cast<double>(answer.tokens * run);
  }

 private:
  std::vector<double> ask() {
    auto weights = ensemble_weights(ensemble_, before_, seen_);
    for (std::size_t m = 0; m < weights.size(); ++m) ran_[m] = ran_[m] || weights[m] > 0;
    return weights;
  }

  double mixed(const std::vector<double>& weights, std::size_t token) const {
    double best = -std::numeric_limits<double>::infinity();
    for (std::size_t m = 0; m < weights.size(); ++m) {
      if (weights[m] > 0) best = std::max(best, std::log(weights[m]) - (*losses_[m])[token]);
    }
    double sum = 0;
    for (std::size_t m = 0; m < weights.size(); ++m) {
      if (weights[m] > 0) sum += std::exp(std::log(weights[m]) - (*losses_[m])[token] - best);
    }
    return best + std::log(sum);
  }

  void advance(std::size_t begin, std::size_t end, bool keep_log_probabilities) {
    before_ += tokenizer_.decode({ids_.data() + begin, end - begin});
    for (std::size_t m = 0; keep_log_probabilities && m < losses_.size(); ++m) {
      for (std::size_t t = begin; t < end; ++t) seen_[m].push_back(-(*losses_[m])[t]);
    }
  }

  const Component<Ensemble>& ensemble_;
  const Tokenizer& tokenizer_;
  std::string before_;
  std::vector<std::int32_t> ids_;
  std::vector<const std::vector<double>*> losses_;
  std::vector<std::vector<double>> seen_;  // log-probabilities so far
  std::vector<bool> ran_;
};

}  // namespace

EnsembleAnswers score_ensemble(const Component<Ensemble>& ensemble, const Tokenizer& tokenizer,
                               std::span<const Request> requests,
                               const std::vector<std::vector<std::vector<double>>>& losses) {
  EnsembleAnswers all;
  for (std::size_t r = 0; r < requests.size(); ++r) {
    std::vector<const std::vector<double>*> mine;
    for (const auto& member : losses) mine.push_back(&member[r]);
    Text(ensemble, tokenizer, requests[r], std::move(mine)).score(all);
  }
  return all;
}

}  // namespace btx
