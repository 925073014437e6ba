#pragma once
// Tasks that compare generated answers, asked through their interface.

#include "plugins/load.hpp"

#include <btx/task.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

namespace btx_test {

/// JSON of a text.
inline std::string quoted(const std::string& text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') json += '\\';
    json += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return json + "\"";
}

/// A row of a set; each has an item of its own.
inline btx::EvalRow row_of(const std::string& label, const std::string& doc, std::size_t item = 0) {
  btx::EvalRow row;
  row.item = std::to_string(item);
  row.context = "Question?\nAnswer:";
  row.continuation = " caf\u00e9";
  row.stop = {"\n\n"};
  row.max_tokens = 8;
  row.label = label;
  row.doc = doc;
  row.place = "set.jsonl:" + std::to_string(item + 1);
  return row;
}

/// What the task says of one generated answer.
inline bool is_right(const btx::Task& task, const btx::EvalRow& row, const std::string& generated) {
  const btx::TaskInput input{"set", {}, {row}};
  const auto requests = task.requests(input);
  REQUIRE(requests.size() == 1);
  const std::vector<btx::Answer> answers = {{-10 * std::log(2.0), 3, generated}};
  const auto scores = task.score(input, requests, answers);
  REQUIRE(scores.size() == 2);
  CHECK(!scores[0].lower_is_better);
  CHECK(scores[0].denominator == std::vector<double>{1});
  CHECK(scores[0].value == scores[0].numerator.at(0));
  CHECK(scores[1].metric == "bits_per_byte");
  CHECK(scores[1].value == doctest::Approx(10 / 6.0));  // " caf\u00e9" has six bytes
  return scores[0].value == 1;
}

/// A gold answer, a generated text, and whether a person calls it right.
struct Pair {
  std::string gold;
  std::string generated;
  bool right;
};

inline void check_pairs(const btx::Task& task, const std::vector<Pair>& pairs) {
  for (const auto& pair : pairs) {
    CAPTURE(pair.gold);
    CAPTURE(pair.generated);
    CHECK(is_right(task, row_of(quoted(pair.gold), "{}"), pair.generated) == pair.right);
  }
}

/// The usage error for one row.
inline std::string refusal(const btx::Task& task, const btx::EvalRow& row) {
  return usage_error_of([&] { task.requests({"set", {}, {row}}); });
}

/// What every task with generated answers refuses. `doc` holds a right answer.
inline void check_refusals(const btx::Task& task, const std::string& doc) {
  const auto usage_error = [&](const btx::TaskInput& input) {
    return usage_error_of([&] { task.requests(input); });
  };
  CHECK(contains(usage_error({"sea", {{"one", "Quiet."}}, {}}), "'sea' has 1 documents"));
  CHECK(contains(usage_error({"set", {}, {row_of("4", doc), row_of("4", doc)}}),
                 "several continuations"));
  auto row = row_of("null", doc, 6);
  CHECK(refusal(task, row).empty());
  row.max_tokens = 0;
  CHECK(contains(refusal(task, row), "set.jsonl:7: request.generation_kwargs.max_gen_toks"));
  row.max_tokens = 1;
  row.stop = {""};
  CHECK(contains(refusal(task, row), "set.jsonl:7: a stop string is empty"));
  row.stop = {};
  row.doc = "{";
  CHECK(contains(refusal(task, row), "set.jsonl:7: \"doc\" is not JSON"));
  row.doc = "{}";
  CHECK(contains(refusal(task, row), "set.jsonl:7: needs"));
}

}  // namespace btx_test
