#pragma once
// scores.json: what an evaluate stage found out about one model.

#include "pipeline/evaluation_jobs.hpp"

#include <btx/model_config.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace btx {

/// The model whose answers were scored, or the ensemble as one.
struct EvaluatedModel {
  ModelConfig config;  ///< without experts for an ensemble
  std::int64_t parameters = 0;
  double active_parameters = 0;
  std::string device = {}, dtype = {};  ///< it was computed on and in
};

/// {parameters, active_parameters, device, dtype, experts, scores, sets, means, left_out, routing},
/// and decontaminated if the documents are; answers[job][request].
void write_scores(const fs::path& folder, const std::vector<EvaluationJob>& jobs,
                  const std::vector<std::vector<Answer>>& answers, const EvaluatedModel& model);

/// answers.jsonl: a line for each row of an evaluation set: set, item, choice, log_likelihood and
/// tokens of the continuation, text that was generated.
void write_answers(const fs::path& folder, const std::vector<EvaluationJob>& jobs,
                   const std::vector<std::vector<Answer>>& answers);

}  // namespace btx
