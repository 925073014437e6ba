#pragma once
// What tasks that compare a generated answer with the right one share: requests that score the
// right answer's text and generate one, and the two numbers reported.

#include <btx/error.hpp>
#include <btx/params.hpp>
#include <btx/task.hpp>

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace tasks {

using Json = nlohmann::json;

/// Parameters of such a task, which go before or beside what rows say.
struct GenerationConfig {
  std::int64_t max_tokens = 0;
  std::vector<std::string> stop;
  void fields(btx::Fields& f);
};

/// Throws btx::Error (usage): the recipe gives this task a set it cannot use.
[[noreturn]] void refuse(const btx::EvalRow& row, const std::string& why);

/// One request a row: its context, its continuation to be scored, and an answer to be generated.
/// Throws btx::Error (usage) for documents, for several choices of one item, for a row without a
/// length where `config` has none, and for an empty stop.
std::vector<btx::Request> generation_requests(const btx::TaskInput& input,
                                              const GenerationConfig& config);

/// `metric`, the share of answers that are right, and then bits per byte of the continuations.
std::vector<btx::Score> generation_scores(const std::string& metric, const std::vector<bool>& right,
                                          std::span<const btx::Request> requests,
                                          std::span<const btx::Answer> answers);

/// The row's "doc" and "label"; null where there is none. Throws btx::Error for what is not JSON.
Json doc_of(const btx::EvalRow& row);
Json label_of(const btx::EvalRow& row);

/// A text or a number as text; "" for anything else, as for a member that is not there.
std::string text_of(const Json& value);
std::string text_of(const Json& object, const char* member);

}  // namespace tasks
