// Questions with a short answer (Natural Questions, TriviaQA): is it one of those that are right?
#include "common/exact_match.hpp"
#include "short_answer/normalise.hpp"

#include <btx/plugin.hpp>

#include <algorithm>

namespace {

/// The aliases that a JSON value lists, normalised; empty if it is something else.
std::vector<std::string> aliases_in(const tasks::Json& value) {
  std::vector<std::string> aliases;
  const auto add = [&](const tasks::Json& alias) {
    aliases.push_back(tasks::normalised(tasks::text_of(alias)));
  };
  if (value.is_array()) {
    for (const auto& alias : value) add(alias);
  } else if (!value.is_null()) {
    add(value);
  }
  return aliases;
}

class ShortAnswer final : public tasks::ExactMatchTask {
 public:
  using ExactMatchTask::ExactMatchTask;

 private:
  std::vector<std::string> right_answers(const btx::EvalRow& row) const override {
    auto aliases = aliases_in(tasks::label_of(row));
    const auto doc = tasks::doc_of(row);
    if (aliases.empty() && doc.is_object() && doc.contains("answers")) {
      aliases = aliases_in(doc["answers"]);
    }
    const bool blank = std::find(aliases.begin(), aliases.end(), "") != aliases.end();
    if (!aliases.empty() && !blank) return aliases;
    tasks::refuse(row, std::string("needs the right answers, a text or a list of texts, "
                                   "in label or doc.answers, and ") +
                           (blank ? "one is blank or no text" : "found none"));
  }

  std::optional<std::string> answer_in(const std::string& generated) const override {
    return tasks::normalised(tasks::first_line(generated));
  }
};

}  // namespace

BTX_PLUGIN("task_short_answer", "0.1.0", registrar) {
  registrar.add<btx::Task, ShortAnswer>("short_answer",
                                        "exact match of a short answer with any of its aliases");
}
