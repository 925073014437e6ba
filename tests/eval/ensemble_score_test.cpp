#include "eval/ensemble/ensemble_score.hpp"
#include "eval/byte_model.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace btx;
using namespace btx_test;

namespace {

using Losses = std::vector<std::vector<double>>;

/// Weights that the test sets; keeps the texts it was asked with.
class GivenWeights final : public Ensemble {
 public:
  explicit GivenWeights(std::vector<double> weights, std::int64_t every = 1)
      : weights_(std::move(weights)), every_(every) {}
  bool needs_log_probabilities() const override { return true; }
  std::string fit(const EnsembleFit& /*fit*/) const override { return ""; }
  void restore(const std::string& /*state*/) override {}
  std::int64_t interval() const override { return every_; }
  std::vector<double> weights(
      const TextBefore& before,
      std::span<const std::vector<double>> log_probabilities) const override {
    asked.push_back(before.text);
    domains.push_back(before.domain);
    seen.emplace_back(log_probabilities.begin(), log_probabilities.end());
    return weights_;
  }

  mutable std::vector<std::string> asked, domains;
  mutable std::vector<std::vector<std::vector<double>>> seen;  ///< [call][member][token]

 private:
  std::vector<double> weights_;
  std::int64_t every_;
};

EnsembleAnswers answers(const std::shared_ptr<GivenWeights>& ensemble,
                        const std::vector<Request>& requests, const std::vector<Losses>& losses) {
  return score_ensemble({ensemble, "the test's ensemble"}, byte_tokenizer(), requests,
                        {losses, {}});
}

Losses losses_of(std::uint64_t numbers, const std::vector<Request>& requests) {
  return token_losses(ByteModel(0, numbers).decoder, byte_tokenizer(), requests, {8, 4});
}

}  // namespace

TEST_CASE("an ensemble of one model, or of equal ones, is that model") {
  const auto requests = requests_of({3, 12, 7});
  const Losses losses = losses_of(5, requests);
  const auto alone = answers_of(losses);
  for (const std::size_t members : {std::size_t{1}, std::size_t{4}}) {
    const auto equal = std::make_shared<GivenWeights>(
        std::vector<double>(members, 1.0 / static_cast<double>(members)));
    const auto mixed = answers(equal, requests, std::vector<Losses>(members, losses));
    for (std::size_t i = 0; i < requests.size(); ++i) {
      CHECK(mixed.answers[i].log_likelihood ==
            doctest::Approx(alone[i].log_likelihood).epsilon(1e-12));
      CHECK(mixed.answers[i].tokens == alone[i].tokens);
    }
    CHECK(mixed.member_tokens == static_cast<double>(members) * 22);
  }
}

TEST_CASE("probabilities are averaged token by token, not their logarithms") {
  const auto requests = requests_of({6});
  const std::vector<Losses> losses = {losses_of(5, requests), losses_of(6, requests)};
  double expected = 0;
  for (std::size_t t = 0; t < 6; ++t) {
    expected += std::log(0.3 * std::exp(-losses[0][0][t]) + 0.7 * std::exp(-losses[1][0][t]));
  }
  const auto mixed =
      answers(std::make_shared<GivenWeights>(std::vector<double>{0.3, 0.7}), requests, losses);
  CHECK(mixed.answers[0].log_likelihood == doctest::Approx(expected).epsilon(1e-12));
  const auto first =
      answers(std::make_shared<GivenWeights>(std::vector<double>{1, 0}), requests, losses);
  CHECK(first.answers[0].log_likelihood ==
        doctest::Approx(answers_of(losses[0])[0].log_likelihood).epsilon(1e-12));
  CHECK(first.member_tokens == 12);  // both are weighed by what they say
}

TEST_CASE("weights are asked for with the text before, every so many tokens") {
  const std::vector<Request> requests = {{"so", " abcd"}};
  const Losses losses = losses_of(5, requests);
  const auto ensemble = std::make_shared<GivenWeights>(std::vector<double>{1}, 2);
  answers(ensemble, requests, {losses});
  CHECK(ensemble->asked == std::vector<std::string>{"so", "so a", "so abc"});
}

// BTM's posterior is p(domain | all that came before), the prompt included.
TEST_CASE("an ensemble is told what its members found of the context, but for its first token") {
  const std::vector<Request> requests = {{"abcde", "hi"}, {"abcde", "xyz"}, {"", "qrst"}};
  const ByteModel a(0, 5), b(0, 6);
  const std::vector<Losses> losses = {losses_of(5, requests), losses_of(6, requests)};
  std::vector<ContextLosses> contexts;
  for (const auto* model : {&a, &b}) {
    contexts.emplace_back(model->decoder, byte_tokenizer(), requests, ScoreConfig{8, 4});
  }
  const auto ensemble = std::make_shared<GivenWeights>(std::vector<double>{0.5, 0.5});
  score_ensemble({ensemble, "the test's ensemble"}, byte_tokenizer(), requests, {losses, contexts},
                 "sea");
  REQUIRE(ensemble->seen.size() == 2 + 3 + 4);
  CHECK(ensemble->domains == std::vector<std::string>(9, "sea"));
  CHECK(ensemble->seen[0][1].size() == 4);
  CHECK(ensemble->seen[1][1].size() == 5);
  CHECK(ensemble->seen[2][1] == ensemble->seen[0][1]);
  CHECK(ensemble->seen[5][1].empty());  // a document has no context
  const ByteModel model(0, 6);
  for (std::size_t i = 1; i < 5; ++i) {
    const std::string before = std::string("abcde").substr(0, i);
    const std::vector<Request> one = {{before, std::string(1, "abcde"[i])}};
    const double wanted = token_losses(model.decoder, byte_tokenizer(), one, {8, 4})[0][0];
    CHECK(-ensemble->seen[0][1][i - 1] == doctest::Approx(wanted).epsilon(1e-9));
  }
}

// A context's last token is nothing that its pass reads, but what it scores.
TEST_CASE("a context with a token that the model has no row for is refused before any pass") {
  const NarrowModel model;
  for (const std::string context : {"ab~", "~ab"}) {
    const std::vector<Request> requests = {{context, "c", 0, {}, "set.jsonl:3"}};
    const auto refused = btx_test::caught([&] {
      ContextLosses(model.decoder, byte_tokenizer(), requests, ScoreConfig{8, 4});
    });
    CHECK(refused.code == ExitCode::usage);
    CHECK(btx_test::contains(refused.message, "set.jsonl:3: token '~' has the id"));
  }
}

TEST_CASE("weights that are none are the plugin's fault") {
  const auto requests = requests_of({2});
  const Losses losses = losses_of(5, requests);
  for (const auto& bad : {std::vector<double>{0.5, 0.4}, std::vector<double>{1.5, -0.5},
                          std::vector<double>{1}, std::vector<double>{NAN, 1}}) {
    const auto refused = btx_test::caught([&] {
      answers(std::make_shared<GivenWeights>(bad), requests, {losses, losses});
    });
    CHECK(refused.code == ExitCode::plugin);
    CHECK(btx_test::contains(refused.message, "the test's ensemble"));
  }
}

namespace {

/// Both members for the first two tokens, then the first one alone.
class Narrowing final : public Ensemble {
 public:
  std::string fit(const EnsembleFit& /*fit*/) const override { return ""; }
  void restore(const std::string& /*state*/) override {}
  std::int64_t interval() const override { return 2; }
  std::vector<double> weights(
      const TextBefore& before,
      std::span<const std::vector<double>> /*log_probabilities*/) const override {
    return before.text.empty() ? std::vector<double>{0.5, 0.5} : std::vector<double>{1, 0};
  }
};

}  // namespace

TEST_CASE("a member costs what it reads, up to the last tokens that it has a weight for") {
  const auto requests = requests_of({6});
  const Losses losses = losses_of(5, requests);
  const std::vector<Losses> both = {losses, losses};
  const auto mixed = score_ensemble({std::make_shared<Narrowing>(), "the test's ensemble"},
                                    byte_tokenizer(), requests, {both, {}});
  CHECK(mixed.member_tokens == 6 + 2);
}
