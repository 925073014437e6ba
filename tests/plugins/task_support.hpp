#pragma once
// Tasks that compare generated answers, asked through their interface.

#include "plugin/component.hpp"
#include "plugin/loader.hpp"
#include "support.hpp"

#include <btx/task.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

namespace task_test {

inline std::shared_ptr<btx::Task> make_task(const std::string& name,
                                            const std::string& params = "{}") {
  btx::load_plugin(btx::fs::path(BTX_BUILD_DIR) / "plugins" / ("task_" + name + ".so"));
  const auto [object, who] =
      btx::make_untyped(btx::Task::kKind, name, btx::from_json(params, "the test"));
  return std::static_pointer_cast<btx::Task>(object);
}

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

/// The error for one row.
inline std::string refusal(const btx::Task& task, const btx::EvalRow& row) {
  const auto refused = btx_test::caught([&] { task.requests({"set", {}, {row}}); });
  CHECK(refused.code == btx::ExitCode::usage);
  return refused.message;
}

}  // namespace task_test
