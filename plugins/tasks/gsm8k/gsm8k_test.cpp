// task:gsm8k: final numbers, labelled by hand.
#include "plugins/task_support.hpp"

using namespace btx;
using namespace btx_test;

namespace {

const std::vector<Pair> kPairs = {
    {"18", " She has 16 - 3 - 4 = 9 eggs and makes 9 * 2 = 18. So the answer is 18.", true},
    {"18", " She has 9 eggs. So the answer is 19.", false},
    {"18", "9 * 2 = $<<9*2=18>>18 every day.\n#### 18", true},
    {"18", "#### 18\n#### 20", true},
    {"20", "#### 18\n#### 20", false},
    {"1234", "#### 1,234", true},
    {"1234567", "The total comes to $1,234,567.00.", true},
    {"234", "#### 1,234", false},
    {"1,234", "The answer is 1234", true},
    {"5", "He buys 3, 4 and 5", true},
    {"345", "He buys 3,4,5", false},
    {"5", "He buys 3,4,5", true},
    {"70000", "So the answer is $70,000.", true},
    {"2.5", "So the answer is 2.50.", true},
    {"0.5", "He needs .5 litres", true},
    {"5", "He needs .5 litres", false},
    {"25", "So the answer is 2.5.", false},
    {"-5", "So the answer is -5.", true},
    {"5", "So the answer is -5.", false},
    {"-5", "The change is -$5", true},
    {"-5", "The change is \u22125 degrees.", true},
    {"-10", "- 30 / 3 = - 10 degrees. So the answer is - 10.", true},
    {"10", "So the answer is - 10.", false},
    {"-10", "20 - 30 = - 10", true},
    {"10", "20 - 10", true},
    {"10", "pears:\n- 10", true},
    {"5", "So the answer is 20-5", false},
    {"20", "So the answer is 20-5", true},
    {"15", "So the answer is 20 - 5 = 15.", true},
    {"15", "20-5=15", true},
    {"5", "There are 20-5", true},
    {"8", "So the answer is 8. There were 12 of them at first.", true},
    {"12", "So the answer is 8. There were 12 of them at first.", false},
    {"8", "So the answer is 8 bagels.\nNow 99 more.", true},
    {"7", "The final answer is: **7**", true},
    {"12", "To see whether the answer is 10 we compute 5 + 7 = 12. The answer is 12.", true},
    {"7", "the ANSWER IS \\$7", true},
    {"3", "I think that the answer is not clear. There were 3.", true},
    {"15", "So the answer is 15%.", true},
    {"1", "So the answer is 1/2.", false},
    {"2", "So the answer is 1/2.", false},
    {"0", "So the answer is -0.00", true},
    {"7", "So the answer is 007.", true},
    {"6", "There are six.", false},
    {"6", "", false},
    {"6", "####", false},
    {"10", "1,0", false},
    {"1000", "about 01,000 in all", true},
    {"1234567", "1234,567", false},
    {"12", "12.", true},
    {"3", "So the answer is 3.5.", false},
    {"12345", "So the answer is $12{,}345$.", true},
    {"12", "So the answer is $12{,}345$.", false},
    {"12345", "#### 12\\,345", true},
    {"12345678", "So it is \\(12{,}345{,}678\\) in all", true},
    {"12345", "So the answer is \\$12,\\!345.", true},
    {"12345", "So the answer is 12\u202f345 km.", true},
    {"34", "The pair is $(12{,}34)$", true},
    {"7200", "The answer is \u20ac7,200.", true},
    {"-5", "The change is -\u00a35", true},
};

}  // namespace

TEST_CASE("gsm8k: pairs labelled by hand") {
  check_pairs(*bare_component<Task>("gsm8k"), kPairs);
}

TEST_CASE("gsm8k: the right number comes from the short answer, the label or the worked answer") {
  const auto task = bare_component<Task>("gsm8k");
  CHECK(is_right(*task, row_of("\"9\"", R"({"short_answer": "4", "answer": "#### 8"})"), "4"));
  CHECK(is_right(*task, row_of("4", "{}"), "4"));
  CHECK(is_right(*task, row_of("null", R"({"answer": "2 + 2 = 4\n#### $4,000"})"), "4000"));
  CHECK(is_right(*task, row_of("\"\u20ac 4{,}000\"", "{}"), "4000"));
  CHECK(contains(refusal(*task, row_of("\"four\"", "{}", 2)), "set.jsonl:3"));
  CHECK(contains(refusal(*task, row_of("\"four\"", "{}", 2)), "found 'four'"));
  CHECK(contains(refusal(*task, row_of("\"4 or 5\"", "{}")), "found '4 or 5'"));
  CHECK(contains(refusal(*task, row_of("[4]", R"({"answer": "it is 4"})")), "found ''"));
}

TEST_CASE(
    "gsm8k: scores are means over items, and bits over bytes of the continuations that there are") {
  std::vector<EvalRow> rows = {row_of("\"4\"", "", 0), row_of("\"5\"", "", 1),
                               row_of("\"6\"", "", 2)};
  rows[1].continuation = "";
  rows[2].continuation = "four";
  const TaskInput input{"set", {}, rows};
  const auto task = bare_component<Task>("gsm8k");
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

TEST_CASE("gsm8k: without any continuation there is one score") {
  auto row = row_of("\"4\"", "");
  row.continuation = "";
  const TaskInput input{"set", {}, {row}};
  const auto task = bare_component<Task>("gsm8k");
  const std::vector<Answer> answers = {{0, 0, "4"}};
  CHECK(task->score(input, task->requests(input), answers).size() == 1);
}

TEST_CASE("gsm8k: what it cannot ask for or compare with is refused, with its place") {
  check_refusals(*bare_component<Task>("gsm8k"), R"({"answer": "#### 4"})");
}

TEST_CASE("gsm8k: a document that is not JSON is refused in few words, however long it is") {
  const auto task = bare_component<Task>("gsm8k");
  const std::string many(50'000, 'x');
  const auto refusal = [&](const std::string& doc) {
    const TaskInput input{"set", {}, {row_of("null", doc)}};
    return error_of([&] { task->score(input, task->requests(input), {{{-1, 1, "4"}}}); });
  };
  // Ten bytes before the text, and the letter behind the backslash is the fault.
  CHECK(contains(refusal(R"({"answer":")" + many + "\\q\"}"),
                 "set.jsonl:1: \"doc\" is not JSON from its byte 50013 on"));
  CHECK(contains(refusal(R"({"answer":)" + std::string(50'000, '9') + "}"),
                 "set.jsonl:1: \"doc\" has a number that is too large"));
  CHECK(refusal(R"({"answer":")" + many).size() < 200);
}
