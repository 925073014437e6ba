// Grade school mathematics: is the final number of the generated solution the right one?
#include "common/exact_match.hpp"
#include "gsm8k/number.hpp"

#include <btx/plugin.hpp>

#include <fmt/format.h>

namespace {

class Gsm8k final : public tasks::ExactMatchTask {
 public:
  using ExactMatchTask::ExactMatchTask;

 private:
  std::vector<std::string> right_answers(const btx::EvalRow& row) const override {
    const auto doc = tasks::doc_of(row);
    std::string text = tasks::text_of(doc, "short_answer");
    if (text.empty()) text = tasks::text_of(tasks::label_of(row));
    if (text.empty()) {
      const std::string answer = tasks::text_of(doc, "answer");
      const auto mark = answer.rfind("####");
      if (mark != std::string::npos) text = answer.substr(mark + 4);
    }
    if (const auto number = tasks::only_number(text)) return {*number};
    tasks::refuse(row, fmt::format("needs the right number in doc.short_answer, in label or "
                                   "after #### in doc.answer, and found '{}'",
                                   text));
  }

  std::optional<std::string> answer_in(const std::string& generated) const override {
    return tasks::final_number(generated);
  }
};

}  // namespace

BTX_PLUGIN("task_gsm8k", "0.2.0", registrar) {
  registrar.add<btx::Task, Gsm8k>("gsm8k", "exact match of a worked answer's final number");
}
