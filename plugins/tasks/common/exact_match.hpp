#pragma once
// Tasks that generate one answer a row and compare it with the right ones: a task says how it finds
// answers and when two are the same, and reports exact_match, the share of answers that are right.

#include "common/generated.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tasks {

/// A task derives from it and says what the private functions leave open.
class ExactMatchTask : public btx::Task {
 public:
  using Config = GenerationConfig;
  explicit ExactMatchTask(const Config& config) : config_(config) {}

  /// As generation_requests(); refuses rows without a right answer too.
  std::vector<btx::Request> requests(const btx::TaskInput& input) const final;
  std::vector<btx::Score> score(const btx::TaskInput& input, std::span<const btx::Request> requests,
                                std::span<const btx::Answer> answers) const final;

 private:
  /// The right answers of a row, any of which will do, in the form that same() compares; at least
  /// one. Calls refuse() for a row that has none.
  virtual std::vector<std::string> right_answers(const btx::EvalRow& row) const = 0;
  /// The answer that a generated text gives, in that form; nothing if it gives none.
  virtual std::optional<std::string> answer_in(const std::string& generated) const = 0;
  virtual bool same(const std::string& answer, const std::string& right) const {
    return answer == right;
  }

  bool is_right(const btx::EvalRow& row, const std::string& generated) const;

  Config config_;
};

}  // namespace tasks
