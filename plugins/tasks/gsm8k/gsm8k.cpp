// Grade school mathematics: is the final number of the generated solution the right one?
#include "common/generated.hpp"
#include "gsm8k/number.hpp"

#include <btx/plugin.hpp>

#include <fmt/format.h>

namespace {

/// The right number. Throws btx::Error, with the row's place, where the row has none.
std::string gold_of(const btx::EvalRow& row) {
  const auto doc = tasks::doc_of(row);
  std::string text = tasks::text_of(doc, "short_answer");
  if (text.empty()) text = tasks::text_of(tasks::label_of(row));
  if (text.empty()) {
    const std::string answer = tasks::text_of(doc, "answer");
    const auto mark = answer.rfind("####");
    if (mark != std::string::npos) text = answer.substr(mark + 4);
  }
  if (const auto number = gsm8k::only_number(text)) return *number;
  tasks::refuse(row, fmt::format("needs the right number in doc.short_answer, in label or "
                                 "after #### in doc.answer, and found '{}'",
                                 text));
}

class Gsm8k final : public btx::Task {
 public:
  using Config = tasks::GenerationConfig;
  explicit Gsm8k(const Config& config) : config_(config) {}

  std::vector<btx::Request> requests(const btx::TaskInput& input) const override {
    auto requests = tasks::generation_requests(input, config_);
    for (const auto& row : input.rows) gold_of(row);
    return requests;
  }

  std::vector<btx::Score> score(const btx::TaskInput& input, std::span<const btx::Request> requests,
                                std::span<const btx::Answer> answers) const override {
    std::vector<bool> right;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      right.push_back(gsm8k::final_number(answers[i].text) == gold_of(input.rows[i]));
    }
    return tasks::generation_scores("exact_match", right, requests, answers);
  }

 private:
  Config config_;
};

}  // namespace

BTX_PLUGIN("task_gsm8k", "0.1.0", registrar) {
  registrar.add<btx::Task, Gsm8k>("gsm8k", "exact match of a worked answer's final number");
}
