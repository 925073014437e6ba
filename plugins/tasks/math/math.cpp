// Competition mathematics (MATH): is the generated solution's answer the right one?
#include "common/fraction.hpp"
#include "common/generated.hpp"
#include "math/extract.hpp"
#include "math/normalise.hpp"

#include <btx/plugin.hpp>

namespace {

/// The right answer, normalised. The solution's box comes first: answers that were made from it
/// have been normalised before, some to what is no LaTeX any more ("\le(" for "\left(").
std::string gold_of(const btx::EvalRow& row) {
  const auto doc = tasks::doc_of(row);
  std::string answer = math::last_boxed(tasks::text_of(doc, "solution")).value_or("");
  if (answer.empty()) answer = tasks::text_of(doc, "answer");
  if (answer.empty()) answer = tasks::text_of(tasks::label_of(row));
  answer = math::normalised(answer);
  if (!answer.empty()) return answer;
  tasks::refuse(row,
                "needs the right answer, in a \\boxed{} of doc.solution, in doc.answer or "
                "in label, and found none");
}

bool is_right(const std::string& solution, const std::string& gold) {
  const auto answer = math::final_answer(solution);
  if (!answer) return false;
  const std::string written = math::normalised(*answer);
  const auto number = tasks::fraction_in(written);
  return written == gold || (number && number == tasks::fraction_in(gold));
}

class Math final : public btx::Task {
 public:
  using Config = tasks::GenerationConfig;
  explicit Math(const Config& config) : config_(config) {}

  std::vector<btx::Request> requests(const btx::TaskInput& input) const override {
    auto requests = tasks::generation_requests(input, config_);
    for (const auto& row : input.rows) gold_of(row);
    return requests;
  }

  std::vector<btx::Score> score(const btx::TaskInput& input, std::span<const btx::Request> requests,
                                std::span<const btx::Answer> answers) const override {
    std::vector<bool> right;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      right.push_back(is_right(answers[i].text, gold_of(input.rows[i])));
    }
    return tasks::generation_scores("exact_match", right, requests, answers);
  }

 private:
  Config config_;
};

}  // namespace

BTX_PLUGIN("task_math", "0.1.0", registrar) {
  registrar.add<btx::Task, Math>("math", "exact match of a solution's answer, normalised");
}
