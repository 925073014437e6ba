// [eval], and what of [split] depends on it.
#include "base/text.hpp"
#include "data/grams.hpp"
#include "plan/plan_sets.hpp"
#include "plan/resolve/resolver.hpp"
#include "plugin/component.hpp"

#include <btx/task.hpp>

#include <fmt/format.h>

namespace btx {

void Resolver::resolve_tasks() {
  EvalConfig& eval = r_.recipe.eval;
  if (eval.tasks.empty()) refuse({"eval", "tasks"}, "eval.tasks: needs at least one task");
  refuse_twice(eval.tasks, {"eval", "tasks"});
  Value params;
  for (const auto& task : eval.tasks) {
    const Value* given = eval.params.find(task);
    params.set(task,
               params_of("task", task, given == nullptr ? Value{} : *given, {"eval", "tasks"}));
  }
  for (const auto& [task, value, place] : eval.params.as<Table>()) {
    if (params.find(task) != nullptr) continue;
    fail_at(place, fmt::format("eval.params.{}: no such task in eval.tasks{}", task,
                               did_you_mean(task, eval.tasks)));
  }
  eval.params = params;
  resolve_sets(eval, tree_, r_.domains());
}

/// A task of eval.tasks must be able to ask something of plain documents: evaluation comes after
/// all training.
void Resolver::check_tasks() const {
  const TaskInput text{r_.domains().front(), {{"example", "A document is all that there is."}}, {}};
  for (const auto& [name, params, place] : r_.recipe.eval.params.as<Table>()) {
    const auto task = make_component<Task>(name, params);
    try {
      task.call([&](const Task& t) { return t.requests(text); });
    } catch (const Error& error) {
      if (error.code() != ExitCode::usage)
        continue;  // a fault of the plugin is its stage's to tell
      refuse(
          {"eval", "tasks"},
          fmt::format("eval.tasks: '{}' cannot score a domain's held-out text ({}); take it out, "
                      "or give it a file of its own with [[eval.set]]",
                      name, error.what()));
    }
  }
}

void Resolver::check_decontamination() const {
  const std::int64_t words = r_.recipe.split.decontaminate;
  const ValuePath path = {"split", "decontaminate"};
  if (words == 0) return;
  if (words < static_cast<std::int64_t>(GramIndex::kShortest)) {
    refuse(path, fmt::format("split.decontaminate: needs at least {} words, as texts have "
                             "shorter runs in common by chance, or 0 for off; got {}",
                             GramIndex::kShortest, words));
  }
  if (r_.recipe.eval.set.empty()) {
    refuse(path,
           "split.decontaminate: there is no evaluation set to keep the documents apart from; "
           "give some ([[eval.set]]), or 0");
  }
  if (!r_.recipe.run.pack.empty()) {
    warn_unread(path, "run.pack is set, whose documents were prepared before");
  }
}

}  // namespace btx
