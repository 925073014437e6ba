// task:choices on items worked out by hand.
#include "plugins/load.hpp"

#include <btx/task.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace btx;
using namespace btx_test;

namespace {

Component<Task> choices(const std::string& primary = "accuracy") {
  return component<Task>("choices", "{\"primary\": \"" + primary + "\"}");
}

EvalRow row(const std::string& item, std::int64_t choice, const std::string& text,
            const std::string& label, const std::string& context = "Q?") {
  EvalRow made;
  made.item = item;
  made.choice = choice;
  made.context = context;
  made.continuation = text;
  made.label = label;
  made.place = "set.jsonl:" + std::to_string(choice + 1);
  return made;
}

/// Three items: two choices, three, two.
TaskInput three_items() {
  TaskInput input;
  input.name = "three";
  input.rows = {row("a", 0, " no", "1"),   row("a", 1, " yes, it is", "1"),
                row("b", 0, " été", "0"),  row("b", 1, " summer", "0"),
                row("b", 2, " x", "0"),    row("c", 0, " left", "1"),
                row("c", 1, " right", "1")};
  return input;
}

std::string refusal(std::vector<EvalRow> rows) {
  TaskInput input;
  input.rows = std::move(rows);
  return error_of([&] { choices().call([&](const Task& t) { return t.requests(input); }); });
}

}  // namespace

TEST_CASE("choices: every choice is asked about, in order") {
  const TaskInput input = three_items();
  const auto requests = choices().get().requests(input);
  REQUIRE(requests.size() == 7);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    CHECK(requests[i].context == input.rows[i].context);
    CHECK(requests[i].continuation == input.rows[i].continuation);
    CHECK(requests[i].max_tokens == 0);
    CHECK(requests[i].place == input.rows[i].place);
  }
}

TEST_CASE("choices: accuracy by log-likelihood, by character, by byte; bits per byte") {
  const TaskInput input = three_items();
  const auto requests = choices().get().requests(input);
  // a: -3 against -4, by character -1.5 against -4/10: the right one.
  // b: by character -4/3, -7/6, -2: the second; by byte -4/5, -7/6, -2: the first, which is right.
  // c: equal, so the first: wrong; by character -5/4 against -5/5: right.
  const std::vector<Answer> answers = {{-3, 1}, {-4, 3}, {-4, 2}, {-7, 1},
                                       {-2, 1}, {-5, 1}, {-5, 1}};
  const auto scores = choices().get().score(input, requests, answers);
  REQUIRE(scores.size() == 4);
  CHECK(scores[0].metric == "accuracy");
  CHECK(scores[0].numerator == std::vector<double>{0, 0, 0});
  CHECK(scores[1].metric == "accuracy_per_char");
  CHECK(scores[1].numerator == std::vector<double>{1, 0, 1});
  CHECK(scores[1].value == doctest::Approx(2.0 / 3));
  CHECK(scores[2].metric == "accuracy_per_byte");
  CHECK(scores[2].numerator == std::vector<double>{1, 1, 1});
  CHECK(scores[3].metric == "bits_per_byte");
  CHECK(scores[3].denominator == std::vector<double>{11, 6, 6});
  CHECK(scores[3].value == doctest::Approx((4 + 4 + 5) / std::log(2.0) / 23));
  for (const auto& score : scores)
    CHECK(score.lower_is_better == (score.metric == "bits_per_byte"));
}

TEST_CASE("choices: the primary accuracy stands first") {
  const TaskInput input = three_items();
  const auto task = choices("accuracy_per_byte");
  const std::vector<Answer> answers(7, Answer{-1, 1});
  const auto scores = task.get().score(input, task.get().requests(input), answers);
  CHECK(scores[0].metric == "accuracy_per_byte");
  CHECK(scores[2].metric == "accuracy");
}

TEST_CASE("choices: what is refused, with its place") {
  CHECK(contains(refusal({row("a", 0, " x", "0")}), "set.jsonl:1: an item needs two choices"));
  CHECK(contains(refusal({row("a", 0, " x", "5"), row("a", 1, " y", "5")}), "'label' is 5"));
  CHECK(
      contains(refusal({row("a", 0, " x", "0"), row("a", 1, " y", "1")}), "set.jsonl:2: 'label'"));
  CHECK(contains(refusal({row("a", 0, " x", "\"A\""), row("a", 1, " y", "\"A\"")}), "an integer"));
  CHECK(contains(refusal({row("a", 0, " x", "0"), row("a", 1, "", "0")}), "is missing"));
  CHECK(contains(refusal({row("a", 0, " x", "0", ""), row("a", 1, " y", "0")}), "is empty"));
  CHECK(contains(refusal({}), "requests = \"FILE\""));
}
