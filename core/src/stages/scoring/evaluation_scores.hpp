#pragma once
// From a model's answers to scores.json and answers.jsonl.

#include "stages/scoring/evaluation_jobs.hpp"

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
  double experts_per_token = 1;
  EngineConfig engine = {};  ///< it was computed on and in
};

using JobAnswers = std::vector<std::vector<Answer>>;  ///< [job][request]

/// `draws`: what the model said each time, at least once; scores are means over them.
void write_scores(const fs::path& folder, const std::vector<EvaluationJob>& jobs,
                  const std::vector<JobAnswers>& draws, const EvaluatedModel& model);

/// answers.jsonl: a line for each row of an evaluation set: set, item, choice, log_likelihood and
/// tokens of the continuation, text that was generated.
void write_answers(const fs::path& folder, const std::vector<EvaluationJob>& jobs,
                   const JobAnswers& answers);

}  // namespace btx
