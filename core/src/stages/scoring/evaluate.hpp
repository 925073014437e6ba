#pragma once
// Scores a model, or an ensemble, on every domain's held-out text and on the evaluation sets.

#include "config/value.hpp"
#include "eval/evaluation_set.hpp"
#include "pipeline/stage_context.hpp"
#include "stages/scoring/scoring.hpp"

#include <btx/model_config.hpp>
#include <btx/params.hpp>

#include <string>
#include <vector>

namespace btx {

/// Inputs: "model"; "member/NAME" of an ensemble; "documents/DOMAIN". Places: "set/NAME".
struct BTX_EXPORT EvaluateWork {
  static constexpr const char* kKind = "evaluate";
  static constexpr std::int64_t kNumerics = 6;
  ScoringSettings scoring;
  std::int64_t draws = 0;  ///< of a mixture whose router draws, each scored; 0: it does not
  std::int64_t seed = 0;   ///< of the random numbers
  Value tasks;             ///< on the domains: parameters by task plugin
  std::vector<EvaluationSet> sets;
  std::vector<std::string> domains;

  /// Sets draws and seed if the model's router draws outside training.
  void set_draws(const ModelConfig& model, std::int64_t count, std::int64_t random_seed);

  void fields(Fields& f) {
    scoring.fields(f);
    f("draws", draws, "how often a mixture whose router draws is scored", {.omit_default = true});
    f("seed", seed, "seed of what the router draws", {.omit_default = true});
    f("tasks", tasks, "tasks on the domains: parameters of each plugin");
    f("sets", sets, "evaluation sets");
    f("domains", domains, "domains of the recipe");
  }
};

/// Writes scores.json (report/scores.hpp) and answers.jsonl.
BTX_EXPORT void run(const EvaluateWork& work, const StageContext& context);

}  // namespace btx
