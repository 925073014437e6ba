#include "eval/ensemble_score.hpp"
#include "eval/byte_model.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace btx;
using namespace eval_test;

namespace {

using Losses = std::vector<std::vector<double>>;

/// Weights that the test sets; keeps the texts it was asked with.
class GivenWeights final : public Ensemble {
 public:
  explicit GivenWeights(std::vector<double> weights, std::int64_t every = 1)
      : weights_(std::move(weights)), every_(every) {}
  std::string fit(const EnsembleFit& /*fit*/) const override { return ""; }
  void restore(const std::string& /*state*/) override {}
  std::int64_t interval() const override { return every_; }
  std::vector<double> weights(
      const std::string& text_before,
      std::span<const std::vector<double>> /*log_probabilities*/) const override {
    asked.push_back(text_before);
    return weights_;
  }

  mutable std::vector<std::string> asked;

 private:
  std::vector<double> weights_;
  std::int64_t every_;
};

EnsembleAnswers answers(const std::shared_ptr<GivenWeights>& ensemble,
                        const std::vector<Request>& requests, const std::vector<Losses>& losses) {
  return score_ensemble({ensemble, "the test's ensemble"}, byte_tokenizer(), requests, losses);
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
  CHECK(first.member_tokens == 6);  // the other one need not run
}

TEST_CASE("weights are asked for with the text before, every so many tokens") {
  const std::vector<Request> requests = {{"so", " abcd"}};
  const Losses losses = losses_of(5, requests);
  const auto ensemble = std::make_shared<GivenWeights>(std::vector<double>{1}, 2);
  answers(ensemble, requests, {losses});
  CHECK(ensemble->asked == std::vector<std::string>{"so", "so a", "so abc"});
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
