#include "contract/components.hpp"

#include <btx/sandbox.hpp>
#include <btx/task.hpp>

#include <cmath>
#include <numeric>

using namespace btx;
using namespace btx_test;

namespace {

const TaskInput& two_documents() {
  static const TaskInput input{
      "sea", {{"one", "The sea is quiet."}, {"two", "\u00c9t\u00e9, the ship returns.\n"}}, {}};
  return input;
}

EvalRow row(int item, int choice, const std::string& label, const std::string& doc) {
  return {std::to_string(item),
          choice,
          "How many?\nAnswer:",
          " " + std::to_string(choice + 4),
          {"\n\n"},
          8,
          label,
          doc,
          "set.jsonl:" + std::to_string(item + 1)};
}

/// Two questions, with what a task needs to compare, or to run, a generated answer.
const TaskInput& two_questions() {
  static const std::string doc =
      R"({"prompt": "def four():\n", "test": "def check(f): assert f() == 4",)"
      R"( "entry_point": "four", "short_answer": "4", "answers": ["4", "four"]})";
  static const TaskInput input{"questions", {}, {row(0, 0, "\"4\"", doc), row(1, 0, "\"4\"", doc)}};
  return input;
}

/// Two questions with two choices each.
const TaskInput& two_choices() {
  static const TaskInput input{
      "choices",
      {},
      {row(0, 0, "0", "{}"), row(0, 1, "0", "{}"), row(1, 0, "1", "{}"), row(1, 1, "1", "{}")}};
  return input;
}

double sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

/// Runs f(task, input) on every task, with every input it does not refuse: at least one, but where
/// generated code cannot run.
template <class F>
void on_every_task(F f) {
  for (const auto& name : names_of("task")) {
    CAPTURE(name);
    const auto task = make_component<Task>(name);
    int accepted = 0;
    for (const TaskInput* input : {&two_documents(), &two_questions(), &two_choices()}) {
      CAPTURE(input->name);
      accepted += static_cast<int>(
          unless_refused("task:" + name + " on " + input->name, [&] { f(task, *input); }));
    }
    CHECK((accepted > 0 || !sandbox_obstacle().empty()));
  }
}

}  // namespace

TEST_CASE("a task asks the same requests each time, and each has something to score or generate") {
  on_every_task([](const auto& task, const TaskInput& input) {
    const auto ask = [&] { return task.call([&](const Task& t) { return t.requests(input); }); };
    const auto requests = ask();
    const auto again = ask();
    CHECK(!requests.empty());
    REQUIRE(again.size() == requests.size());
    for (std::size_t i = 0; i < requests.size(); ++i) {
      CHECK((!requests[i].continuation.empty() || requests[i].max_tokens > 0));
      CHECK(requests[i].context == again[i].context);
      CHECK(requests[i].continuation == again[i].continuation);
      CHECK(requests[i].max_tokens == again[i].max_tokens);
      CHECK(requests[i].stop == again[i].stop);
    }
  });
}

TEST_CASE("a task's scores are the ratio of what it reports for each item") {
  on_every_task([](const auto& task, const TaskInput& input) {
    const auto requests = task.call([&](const Task& t) { return t.requests(input); });
    std::vector<Answer> answers;
    for (const auto& request : requests) {
      const auto tokens = static_cast<std::int64_t>(request.continuation.size());
      answers.push_back({-0.5 * static_cast<double>(tokens), tokens, " 4"});
    }
    const auto scores = task.call([&](const Task& t) { return t.score(input, requests, answers); });
    CHECK(!scores.empty());
    for (const auto& score : scores) {
      CHECK(!score.metric.empty());
      CHECK(std::isfinite(score.value));
      REQUIRE(!score.numerator.empty());
      REQUIRE(score.numerator.size() == score.denominator.size());
      CHECK(score.value == doctest::Approx(sum(score.numerator) / sum(score.denominator)));
    }
  });
}

TEST_CASE("bits per byte counts the bytes of UTF-8") {
  all_components();
  const auto task = make_component<Task>("bits_per_byte");
  const auto requests = task.get().requests(two_documents());
  REQUIRE(requests.size() == 2);
  const std::vector<Answer> answers = {{-17 * std::log(2.0), 5, ""},
                                       {-3 * 27 * std::log(2.0), 9, ""}};
  const auto scores = task.get().score(two_documents(), requests, answers);
  REQUIRE(scores.size() == 1);
  CHECK(scores[0].denominator == std::vector<double>{17, 25});
  CHECK(scores[0].value == doctest::Approx((17 + 81) / 42.0));
  CHECK(scores[0].lower_is_better);
}
