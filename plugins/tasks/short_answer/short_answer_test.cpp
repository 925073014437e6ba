// task:short_answer: pairs labelled by hand.
#include "plugins/task_support.hpp"

using namespace btx;
using namespace btx_test;

namespace {

const std::vector<Pair> kPairs = {
    {"Paris", " Paris", true},
    {"Paris", " paris.", true},
    {"Paris", " PARIS!\n\nQuestion: next", true},
    {"Paris", " Paris\nLondon", true},
    {"Paris", " London\nParis", false},
    {"Paris", "\nParis", true},
    {"Paris", " Paris, France", false},
    {"Paris", " It is Paris", false},
    {"Paris", "", false},
    {"Paris", " Pari s", false},
    {"The Beatles", " beatles", true},
    {"Beatles", " The  Beatles ", true},
    {"Beatles", " A Beatles", true},
    {"an apple", " the apple", true},
    {"Athens", " thens", false},
    {"Theatre", " atre", false},
    {"The The", " the the", true},
    {"A", " A", true},
    {"A", " the", false},
    {"U.S.", " US", true},
    {"U.S.", " u s", false},
    {"twenty-one", " twentyone", true},
    {"twenty-one", " twenty one", false},
    {"Queen's", " Queen\u2019s", true},
    {"\"Rose\"", " \u201cRose\u201d", true},
    {"1780\u20131830", " 1780-1830", true},
    {"$5", " 5", true},
    {"5%", " 5", true},
    {"5\u00b0", " 5", false},
    {"\u20ac5", " 5", false},
    {"\u00c9mile Zola", " \u00e9mile zola", true},
    {"\u00c9mile Zola", " emile zola", false},
    {"caf\u00e9", " cafe\u0301", true},
    {"\u0391\u0398\u0397\u039d\u0391", " \u03b1\u03b8\u03b7\u03bd\u03b1", true},
    {"new york", " New\u00a0York", true},
    {"928,", " 928", true},
    {"1,000", " 1000", true},
    {"10", " ten", false},
    {"?", " ?", true},
    {"?", " !", false},
    {"C++", " C", true},
    {"rock_and_roll", " rockandroll", true},
    {"stra\u00dfe", " STRASSE", false},
};

}  // namespace

TEST_CASE("short_answer: pairs labelled by hand") {
  check_pairs(*bare_component<Task>("short_answer"), kPairs);
}

TEST_CASE("short_answer: any alias will do, from the label or the answers") {
  const auto task = bare_component<Task>("short_answer");
  const auto row = row_of(R"(["March 30, 2006", "2006"])", R"({"answers": ["1999"]})");
  CHECK(is_right(*task, row, " 2006"));
  CHECK(is_right(*task, row, " march 30 2006"));
  CHECK(!is_right(*task, row, " 1999"));
  CHECK(is_right(*task, row_of("null", R"({"answers": ["1999"]})"), " 1999"));
  CHECK(is_right(*task, row_of("1999", ""), " 1999"));
}

TEST_CASE("short_answer: rows without an alias to compare with are refused") {
  const auto task = bare_component<Task>("short_answer");
  CHECK(contains(refusal(*task, row_of("[]", "{}", 3)), "set.jsonl:4"));
  CHECK(contains(refusal(*task, row_of("[]", "{}")), "found none"));
  CHECK(contains(refusal(*task, row_of(R"(["a", " "])", "{}")), "blank"));
  CHECK(contains(refusal(*task, row_of(R"([["a"]])", "{}")), "no text"));
  CHECK(contains(refusal(*task, row_of(R"({"a": 1})", "{}")), "no text"));
}

TEST_CASE("short_answer: bytes that are no UTF-8 are compared as they are") {
  const auto task = bare_component<Task>("short_answer");
  CHECK(!is_right(*task, row_of("\"x\"", "{}"), " \xff"));
  CHECK(!is_right(*task, row_of("\"x\"", "{}"), " x\xc3"));
}

TEST_CASE(
    "short_answer: a request scores the continuation and generates, as the row says or the "
    "parameters") {
  auto row = row_of("\"4\"", "{}");
  row.stop = {"\n\n", "Question:"};
  const TaskInput input{"set", {}, {row}};
  const auto plain = bare_component<Task>("short_answer")->requests(input);
  REQUIRE(plain.size() == 1);
  CHECK(plain[0].context == row.context);
  CHECK(plain[0].continuation == row.continuation);
  CHECK(plain[0].max_tokens == 8);
  CHECK(plain[0].stop == row.stop);
  const auto asked =
      bare_component<Task>("short_answer", R"({"max_tokens": 3, "stop": ["\n", "\n\n"]})");
  const auto changed = asked->requests(input);
  CHECK(changed[0].max_tokens == 3);
  CHECK(changed[0].stop == std::vector<std::string>{"\n\n", "Question:", "\n"});
}

TEST_CASE("short_answer: what it cannot ask for or compare with is refused, with its place") {
  check_refusals(*bare_component<Task>("short_answer"), R"({"answers": ["4"]})");
}
