#pragma once
// One run of a recipe, as `btx run` and each point of `btx sweep` do it.

#include "cli/arguments/recipe_argument.hpp"
#include "pipeline/scheduler.hpp"

#include <string>

namespace btx {

/// What came of a run: what verbs print, and what their exit code follows from.
struct RunOutcome {
  ScheduleResult stages;  ///< of all passes over the graph
  std::size_t count = 0;  ///< of stages
  fs::path folder;        ///< of the run
  std::string report;     ///< as text; "" unless the run is done
  double seconds = 0;
};

/// Makes what is not in the store yet and writes the run folder. Stages that fail or are
/// interrupted are in the outcome. Throws btx::Error for what is refused before they start: disk,
/// memory, a run folder in use, with --verify a changed artifact.
RunOutcome run_recipe(const ResolvedRecipe& resolved, const RecipeArgument& argument,
                      const CommandLine& line, int jobs);

/// What went wrong in the stages, or "".
std::string failure_text(const ScheduleResult& stages);

}  // namespace btx
