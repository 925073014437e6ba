// Questions with a short answer (Natural Questions, TriviaQA): is it one of those that are right?
#include "common/generated.hpp"
#include "short_answer/normalise.hpp"

#include <btx/plugin.hpp>

#include <algorithm>

namespace {

/// The aliases that a JSON value lists, normalised; empty if it is something else.
std::vector<std::string> aliases_in(const tasks::Json& value) {
  std::vector<std::string> aliases;
  const auto add = [&](const tasks::Json& alias) {
    aliases.push_back(short_answer::normalised(tasks::text_of(alias)));
  };
  if (value.is_array()) {
    for (const auto& alias : value) add(alias);
  } else if (!value.is_null()) {
    add(value);
  }
  return aliases;
}

std::vector<std::string> aliases_of(const btx::EvalRow& row) {
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

bool is_right(const std::string& generated, const std::vector<std::string>& aliases) {
  const auto answer = short_answer::normalised(short_answer::first_line(generated));
  return std::find(aliases.begin(), aliases.end(), answer) != aliases.end();
}

class ShortAnswer final : public btx::Task {
 public:
  using Config = tasks::GenerationConfig;
  explicit ShortAnswer(const Config& config) : config_(config) {}

  std::vector<btx::Request> requests(const btx::TaskInput& input) const override {
    auto requests = tasks::generation_requests(input, config_);
    for (const auto& row : input.rows) aliases_of(row);
    return requests;
  }

  std::vector<btx::Score> score(const btx::TaskInput& input, std::span<const btx::Request> requests,
                                std::span<const btx::Answer> answers) const override {
    std::vector<bool> right;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      right.push_back(is_right(answers[i].text, aliases_of(input.rows[i])));
    }
    return tasks::generation_scores("exact_match", right, requests, answers);
  }

 private:
  Config config_;
};

}  // namespace

BTX_PLUGIN("task_short_answer", "0.1.0", registrar) {
  registrar.add<btx::Task, ShortAnswer>("short_answer",
                                        "exact match of a short answer with any of its aliases");
}
