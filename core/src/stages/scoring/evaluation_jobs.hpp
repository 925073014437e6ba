#pragma once
// What an evaluate stage asks of a model: every task on every domain's held-out text, and every
// evaluation set.

#include "eval/ensemble/context_losses.hpp"
#include "eval/expert_counts.hpp"
#include "plugin/component.hpp"
#include "report/scores.hpp"
#include "stages/scoring/evaluate.hpp"

#include <btx/task.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace btx {

/// One task on one domain or set, with what every model says to it.
struct EvaluationJob {
  std::string name;  ///< of the domain or the set
  std::string task;  ///< of the plugin
  Component<Task> component;
  TaskInput input;
  std::vector<Request> requests;
  std::vector<std::vector<std::vector<double>>> losses = {};  ///< [model][request][token]
  std::vector<ContextLosses> contexts = {};                   ///< [model], if an ensemble asks
  std::vector<std::string> texts = {};                        ///< [request], generated
  ExpertCounts counts = {};
  SampleSize sample = {};                          ///< of a domain's test documents
  std::optional<DroppedText> decontaminated = {};  ///< of a domain that was looked through
  std::optional<SetFacts> set = {};                ///< of a set

  /// The domain whose dev text is of the same kind; empty if none is known to be.
  std::string prior_from() const { return set ? set->prior_from : name; }
  bool is_eval_set() const { return set.has_value(); }
  bool generates() const;
};

/// The jobs of all domains x tasks, and of all sets. Throws btx::Error for a domain without
/// held-out text, for files that cannot be read, and for what a task refuses.
std::vector<EvaluationJob> evaluation_jobs(const EvaluateWork& work, const StageContext& context);

}  // namespace btx
