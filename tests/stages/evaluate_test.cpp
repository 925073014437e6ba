// What the evaluate stage hands on: contexts and domains to ensembles, counted experts to the
// report, other seeds to draws.
#include "eval/dev_loss.hpp"
#include "model_spec/costs.hpp"
#include "recipe/stage_names.hpp"
#include "stages/models/ensemble.hpp"
#include "stages/quiz.hpp"

#include <btx/merge_strategy.hpp>

#include <ATen/TensorOperators.h>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace btx;
using namespace btx_test;

namespace {

using Members = std::vector<std::pair<std::string, fs::path>>;

/// A posterior whose cached prior of `a` is e^nats times that of `b` in code, and so for `b` in
/// maths.
fs::path posterior(const Members& members, double nats) {
  EnsembleWork work;
  StageContext context;
  work.type = "posterior";
  work.params = resolve_params("ensemble", "posterior", from_json(R"({"prior":"cached"})", "test"));
  work.domains = {"code", "maths"};
  for (const auto& [name, folder] : members) {
    const fs::path dev = scratch("evaluate-dev-" + name);
    const double code = name == "a" ? 0 : nats;
    write_dev_loss({{{"code", {{code}, {1}}}, {"maths", {{nats - code}, {1}}}}}, dev);
    work.models.push_back({ExpertInfo{name, name, name}});
    context.inputs.emplace_back("model/" + name, folder);
    context.inputs.emplace_back(dev_loss_stage(name), dev);
  }
  context.output = scratch("evaluate-ensemble");
  run(work, context);
  return context.output;
}

/// The sum of the losses of a continuation.
double loss(const fs::path& folder, const std::string& context, const std::string& continuation) {
  const LoadedModel model = load_model(ModelFolder(folder), plain_engine(), {});
  const std::vector<Request> requests = {{context, continuation}};
  const auto losses = token_losses(*model.decoder, byte_tokenizer(), requests, {8, 4});
  return std::accumulate(losses[0].begin(), losses[0].end(), 0.0);
}

Quiz quiz_of(const Members& members, double nats, const std::string& domain) {
  Quiz quiz(posterior(members, nats), domain);
  for (const auto& [name, folder] : members) {
    quiz.context.inputs.emplace_back("member/" + name, folder);
  }
  return quiz;
}

ModelConfig mixture_of(const std::string& router, const std::string& params) {
  ModelConfig config = byte_config(3);
  config.router = {router, params, Granularity::ffn};
  return config;
}

void clear_gates(LoadedModel& model) {
  for (const std::int64_t layer : {0, 1}) model.parameters->view(tensor_names::gate(layer)).zero_();
}

}  // namespace

// A member's weight is its prior in the set's domain times what it found of "bcd" after "a".
TEST_CASE("an ensemble is told of contexts and of the domain that a set's prior is from") {
  const fs::path a = saved("a", byte_config(0), 3), b = saved("b", byte_config(0), 4);
  for (const std::string domain : {"code", "maths"}) {
    CAPTURE(domain);
    const Quiz quiz = quiz_of({{"a", a}, {"b", b}}, std::log(9.0), domain);
    const double prior = domain == "code" ? 0.9 : 0.1;
    const double of_a = prior * std::exp(-loss(a, "a", "bcd"));
    const double of_b = (1 - prior) * std::exp(-loss(b, "a", "bcd"));
    const double p =
        (of_a * std::exp(-loss(a, "abcd", "e")) + of_b * std::exp(-loss(b, "abcd", "e"))) /
        (of_a + of_b);
    CHECK(quiz.answers().at(0) == doctest::Approx(std::log(p)).epsilon(1e-5));
  }
}

// Whatever a member finds of five bytes, it does not outweigh a prior of 1e-12.
TEST_CASE("what an ensemble writes is told the domain that a set's prior is from") {
  const fs::path a = saved("a", byte_config(0), 3), b = saved("b", byte_config(0), 4);
  const auto written = [](Quiz quiz) {
    quiz.ask("short_answer", R"({"doc_id": 1, "idx": 0, "label": "x", "request": {"context": "ab",)"
                             R"( "continuation": "x", "generation_kwargs": {"max_gen_toks": 5}}})");
    return quiz.text();
  };
  const std::string of_a = written(Quiz(a)), of_b = written(Quiz(b));
  REQUIRE(of_a != of_b);
  CHECK(written(quiz_of({{"a", a}, {"b", b}}, 500, "code")) == of_a);
  CHECK(written(quiz_of({{"a", a}, {"b", b}}, 500, "maths")) == of_b);
}

// Gates of x, -x and 0 in layer 1, and of zeros in layer 0; only a positive logit runs an expert.
TEST_CASE("active parameters are of the experts that ran, not of those that a router aims at") {
  const ModelConfig config = mixture_of("relu", R"({"k": 2})");
  const fs::path model = saved("relu", config, 3, [](LoadedModel& made) {
    at::Tensor gate = made.parameters->view(tensor_names::gate(1));
    gate[1].copy_(-gate[0]);
    gate[2].zero_();
    made.parameters->view(tensor_names::gate(0)).zero_();
  });
  const ModelScores scores = Quiz(model).scores();
  CHECK(scores.experts_per_token == doctest::Approx(0.5));
  CHECK(scores.active_parameters == doctest::Approx(count_active_parameters(config, 0.5)));
}

TEST_CASE("each draw of a router has noise of its own, and so has another seed") {
  const std::string params = R"({"inference_choice": "draw", "first_layer_soft": false})";
  const fs::path model = saved("draws", mixture_of("sample_top_k", params), 3, clear_gates);
  Quiz quiz(model);
  quiz.work.draws = 4;
  quiz.work.seed = 1;
  const ModelScores scores = quiz.scores();
  CHECK(scores.draws == 4);
  double error = 0;
  for (const auto& score : scores.scores) error = std::max(error, score.draw_error.value_or(0));
  CHECK(error > 0);
  const auto one = quiz.answers();
  CHECK(one == quiz.answers());
  quiz.work.seed = 2;
  CHECK(one != quiz.answers());
}
