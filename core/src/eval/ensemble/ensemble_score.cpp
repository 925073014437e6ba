#include "eval/ensemble/ensemble_score.hpp"

#include "eval/encode_request.hpp"
#include "eval/ensemble/ensemble_weights.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace btx {
namespace {

/// One request as the ensemble sees it.
class ScoredText {
 public:
  /// `read`: the members' log-probabilities of the context, of the same length each.
  ScoredText(const Component<Ensemble>& ensemble, const Tokenizer& tokenizer,
             const Request& request, std::vector<const std::vector<double>*> losses,
             std::vector<std::vector<double>> read, const std::string& domain)
      : ensemble_(ensemble),
        tokenizer_(tokenizer),
        losses_(std::move(losses)),
        seen_(std::move(read)),
        ran_(losses_.size()) {
    before_.domain = domain;
    if (request.continuation.empty()) return;
    const EncodedRequest encoded = encode_request(tokenizer, request);
    const auto first = encoded.ids.begin() + static_cast<std::ptrdiff_t>(encoded.first);
    before_.text = tokenizer.decode(std::vector<std::int32_t>(encoded.ids.begin(), first));
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
      const auto weights = ask(end);
      for (std::size_t t = begin; t < end; ++t) answer.log_likelihood += mixed(weights, t);
      advance(begin, end, all_run);
    }
    answer.tokens = static_cast<std::int64_t>(ids_.size());
    all.answers.push_back(answer);
    all.tokens += static_cast<double>(answer.tokens);
    for (const std::size_t ran : ran_) {
      all.member_tokens += static_cast<double>(all_run ? ids_.size() : ran);
    }
  }

 private:
  /// Weights that hold up to token `end`. A member with one has read all that comes before.
  std::vector<double> ask(std::size_t end) {
    auto weights = ensemble_weights(ensemble_, before_, seen_);
    for (std::size_t m = 0; m < weights.size(); ++m) {
      if (weights[m] > 0) ran_[m] = end;
    }
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
    before_.text += tokenizer_.decode({ids_.data() + begin, end - begin});
    for (std::size_t m = 0; keep_log_probabilities && m < losses_.size(); ++m) {
      for (std::size_t t = begin; t < end; ++t) seen_[m].push_back(-(*losses_[m])[t]);
    }
  }

  const Component<Ensemble>& ensemble_;
  const Tokenizer& tokenizer_;
  TextBefore before_;
  std::vector<std::int32_t> ids_;
  std::vector<const std::vector<double>*> losses_;
  std::vector<std::vector<double>> seen_;  // log-probabilities so far
  std::vector<std::size_t> ran_;           // tokens that each member has run through
};

/// Log-probabilities [members][tokens] of a request's context. A member with a shorter window has
/// read less of it, so the end that all have read counts.
std::vector<std::vector<double>> read_contexts(const MemberLosses& members, std::size_t request) {
  std::vector<std::vector<double>> read(members.losses.size());
  if (members.contexts.empty()) return read;
  std::size_t shortest = members.contexts[0].of(request).size();
  for (const auto& member : members.contexts) {
    shortest = std::min(shortest, member.of(request).size());
  }
  for (std::size_t m = 0; m < read.size(); ++m) {
    const auto& losses = members.contexts[m].of(request);
    for (auto loss = losses.end() - static_cast<std::ptrdiff_t>(shortest); loss != losses.end();
         ++loss) {
      read[m].push_back(-*loss);
    }
  }
  return read;
}

}  // namespace

EnsembleAnswers score_ensemble(const Component<Ensemble>& ensemble, const Tokenizer& tokenizer,
                               std::span<const Request> requests, const MemberLosses& members,
                               const std::string& domain) {
  EnsembleAnswers all;
  for (std::size_t r = 0; r < requests.size(); ++r) {
    std::vector<const std::vector<double>*> mine;
    for (const auto& member : members.losses) mine.push_back(&member[r]);
    auto read = read_contexts(members, r);
    ScoredText(ensemble, tokenizer, requests[r], std::move(mine), std::move(read), domain)
        .score(all);
  }
  return all;
}

}  // namespace btx
