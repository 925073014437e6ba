#pragma once
// What an evaluate stage asks of a model: every task on every domain's held-out text, and every
// evaluation set.

#include "data/documents.hpp"
#include "eval/expert_counts.hpp"
#include "pipeline/stage_context.hpp"
#include "plugin/component.hpp"

#include <btx/task.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace btx {

/// One task on one domain or set, with what every model says to it.
struct EvaluationJob {
  std::string name, task;  ///< of the domain or the set; of the plugin
  Component<Task> component;
  TaskInput input;
  std::vector<Request> requests;
  std::vector<std::vector<std::vector<double>>> losses = {};  ///< [model][request][token]
  std::vector<std::string> texts = {};                        ///< [request], generated
  ExpertCounts counts = {};
  std::int64_t left_out = 0;  ///< of a domain: test documents that some domain trains on
  Value decontaminated = {};  ///< of a domain: what its documents.json says of that, if anything
  Value set = {};             ///< of a set: what the report says of it; an empty table for a domain

  bool is_set() const { return !set.as<Table>().empty(); }
  bool generates() const;
};

/// Of every text that some domain trains on.
TextHashes trained_texts(const StageContext& context);

/// A domain's held-out documents; not those whose text is among `trained`, which are counted.
std::vector<Document> held_out(const StageContext& context, const std::string& domain, Split split,
                               const TextHashes& trained, std::int64_t* left_out = nullptr);

/// The jobs of config.domains x config.tasks, and of config.sets with the files of
/// config.set_files. Throws btx::Error for a domain without held-out text, for files that cannot be
/// read, and for what a task refuses.
std::vector<EvaluationJob> evaluation_jobs(const StageContext& context);

}  // namespace btx
