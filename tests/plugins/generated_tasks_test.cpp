// What all tasks with generated answers have in common.

#include "plugins/task_support.hpp"

using namespace btx;
using namespace btx_test;
using namespace task_test;

TEST_CASE("a request scores the continuation and generates, as the row says or the parameters") {
  auto row = row_of("\"4\"", "{}");
  row.stop = {"\n\n", "Question:"};
  const TaskInput input{"set", {}, {row}};
  const auto plain = make_task("short_answer")->requests(input);
  REQUIRE(plain.size() == 1);
  CHECK(plain[0].context == row.context);
  CHECK(plain[0].continuation == row.continuation);
  CHECK(plain[0].max_tokens == 8);
  CHECK(plain[0].stop == row.stop);
  const auto asked = make_task("short_answer", R"({"max_tokens": 3, "stop": ["\n", "\n\n"]})");
  const auto changed = asked->requests(input);
  CHECK(changed[0].max_tokens == 3);
  CHECK(changed[0].stop == std::vector<std::string>{"\n\n", "Question:", "\n"});
}

TEST_CASE("scores are means over items, and bits over bytes of the continuations that there are") {
  std::vector<EvalRow> rows = {row_of("\"4\"", "", 0), row_of("\"5\"", "", 1),
                               row_of("\"6\"", "", 2)};
  rows[1].continuation = "";
  rows[2].continuation = "four";
  const TaskInput input{"set", {}, rows};
  const auto task = make_task("gsm8k");
  const auto requests = task->requests(input);
  const std::vector<Answer> answers = {
      {-10 * std::log(2.0), 3, "It is 4."}, {0, 0, "It is 5."}, {-2 * std::log(2.0), 2, "none"}};
  const auto scores = task->score(input, requests, answers);
  REQUIRE(scores.size() == 2);
  CHECK(scores[0].metric == "exact_match");
  CHECK(scores[0].numerator == std::vector<double>{1, 1, 0});
  CHECK(scores[0].value == doctest::Approx(2 / 3.0));
  CHECK(scores[1].denominator == std::vector<double>{6, 0, 4});
  CHECK(scores[1].value == doctest::Approx(1.2));
  CHECK(scores[1].lower_is_better);
}

TEST_CASE("without any continuation there is one score") {
  auto row = row_of("\"4\"", "");
  row.continuation = "";
  const TaskInput input{"set", {}, {row}};
  const auto task = make_task("gsm8k");
  const std::vector<Answer> answers = {{0, 0, "4"}};
  CHECK(task->score(input, task->requests(input), answers).size() == 1);
}

TEST_CASE("what a generated answer cannot be asked for is refused, with its place") {
  for (const char* name : {"gsm8k", "math", "short_answer", "code"}) {
    CAPTURE(name);
    const auto task = make_task(name);
    const auto documents = caught([&] { task->requests({"sea", {{"one", "Quiet."}}, {}}); });
    CHECK(documents.code == ExitCode::usage);
    CHECK(contains(documents.message, "'sea' has 1 documents"));
    auto row = row_of("\"4\"", "{\"test_list\": [\"assert True\"]}", 6);
    row.max_tokens = 0;
    const auto endless = refusal(*task, row);
    CHECK(contains(endless, "set.jsonl:7: "));
    CHECK(contains(endless, "max_tokens"));
    row.max_tokens = 1;
    row.stop = {""};
    CHECK(contains(refusal(*task, row), "a stop string is empty"));
    row.stop = {};
    row.doc = "{";
    CHECK(contains(refusal(*task, row), "set.jsonl:7: \"doc\" is not JSON"));
    row.doc = "{}";
    row.label = "null";
    CHECK(contains(refusal(*task, row), "set.jsonl:7: needs"));
    const auto choices = caught([&] {
      task->requests({"set", {}, {row_of("0", "{}"), row_of("0", "{}")}});
    });
    CHECK(choices.code == ExitCode::usage);
    CHECK(contains(choices.message, "several continuations"));
  }
}
