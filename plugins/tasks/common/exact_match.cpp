#include "common/exact_match.hpp"

#include <algorithm>

namespace tasks {

std::vector<btx::Request> ExactMatchTask::requests(const btx::TaskInput& input) const {
  auto requests = generation_requests(input, config_);
  for (const auto& row : input.rows) right_answers(row);
  return requests;
}

std::vector<btx::Score> ExactMatchTask::score(const btx::TaskInput& input,
                                              std::span<const btx::Request> requests,
                                              std::span<const btx::Answer> answers) const {
  std::vector<bool> right;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    right.push_back(is_right(input.rows[i], answers[i].text));
  }
  return generation_scores("exact_match", right, requests, answers);
}

bool ExactMatchTask::is_right(const btx::EvalRow& row, const std::string& generated) const {
  const auto answer = answer_in(generated);
  if (!answer) return false;
  const auto right = right_answers(row);
  return std::any_of(right.begin(), right.end(),
                     [&](const std::string& one) { return same(*answer, one); });
}

}  // namespace tasks
