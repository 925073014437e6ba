// task:perplexity on documents worked out by hand.
#include "plugins/load.hpp"
#include "report/statistics.hpp"

#include <btx/task.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <vector>

using namespace btx;
using namespace btx_test;

namespace {

const TaskInput kTwo{"two", {{"one", " a b\n"}, {"other", "\u00e9t\u00e9 is  warm"}}, {}};
const std::vector<Answer> kAnswers = {{-2 * std::log(2.0), 2}, {-3 * std::log(4.0), 3}};

Component<Task> perplexity(const std::string& per) {
  return component<Task>("perplexity", "{\"per\": \"" + per + "\"}");
}

Score score_of(const std::string& per, const std::vector<Answer>& answers = kAnswers) {
  const auto task = perplexity(per);
  const auto requests = task.get().requests(kTwo);
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].continuation == " a b\n");
  CHECK(requests[0].context.empty());
  auto scores = task.get().score(kTwo, requests, answers);
  REQUIRE(scores.size() == 1);
  CHECK(scores[0].lower_is_better);
  return scores[0];
}

}  // namespace

TEST_CASE("perplexity by token, word and byte") {
  CHECK(score_of("token").metric == "perplexity");
  CHECK(score_of("token").value == doctest::Approx(std::exp2(8 / 5.0)));
  CHECK(score_of("word").metric == "word_perplexity");
  CHECK(score_of("word").denominator == std::vector<double>{2, 3});
  CHECK(score_of("word").value == doctest::Approx(std::exp2(8 / 5.0)));
  CHECK(score_of("byte").denominator == std::vector<double>{5, 14});
  CHECK(score_of("byte").value == doctest::Approx(std::exp2(8 / 19.0)));
}

TEST_CASE("perplexity: documents' shares sum to it; its standard error is by the delta method") {
  const Score score = score_of("token");
  const double total = std::accumulate(score.numerator.begin(), score.numerator.end(), 0.0);
  CHECK(total / 5 == doctest::Approx(score.value));
  const std::vector<double> nats = {-kAnswers[0].log_likelihood, -kAnswers[1].log_likelihood};
  const double of_mean = ratio_standard_error(nats, score.denominator);
  CHECK(ratio_standard_error(score.numerator, score.denominator) ==
        doctest::Approx(score.value * of_mean));
}

TEST_CASE("perplexity: a share moves as the perplexity does with its document") {
  constexpr double kStep = 1e-6;
  const Score before = score_of("token");
  auto moved = kAnswers;
  moved[1].log_likelihood -= kStep;
  const double slope = (score_of("token", moved).value - before.value) / kStep;
  CHECK(slope == doctest::Approx(before.value / 5).epsilon(1e-5));
  const double mean = (2 * std::log(2.0) + 3 * std::log(4.0)) / 5;
  CHECK(before.numerator[1] == doctest::Approx(before.value * (3 + 3 * std::log(4.0) - 3 * mean)));
}

TEST_CASE("perplexity: what is refused") {
  TaskInput rows;
  rows.name = "items";
  rows.rows.resize(1);
  const auto task = perplexity("token");
  CHECK(contains(error_of([&] { task.call([&](const Task& t) { return t.requests(rows); }); }),
                 "'items' has the rows of a request file"));
  const auto no_words = perplexity("word");
  const TaskInput spaces{"spaces", {{"one", " \n\t"}}, {}};
  const auto score = [&] {
    no_words.call([&](const Task& t) { return t.score(spaces, {}, std::vector<Answer>{{-1, 1}}); });
  };
  CHECK(contains(error_of(score), "'spaces' has no word to score"));
}
