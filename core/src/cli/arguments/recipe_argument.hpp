#pragma once
// What the verbs that take a recipe share.

#include "cli/cli.hpp"
#include "plan/plan.hpp"
#include "plan/resolve/resolve.hpp"

#include <string>
#include <vector>

namespace btx {

/// Whether a verb downloads the packages of a recipe that are missing.
enum class MissingPackages { leave, fetch };

/// RECIPE and what stands behind it: the changes (apply_override()), in order.
struct RecipeArgument {
  std::string file;
  std::vector<std::string> overrides;

  /// Adds RECIPE and key=value to a verb.
  void add_to(Verb verb);
  /// Loads, opens the plugins it needs, resolves, and then fetches packages, if that is asked for.
  /// Throws btx::Error.
  ResolvedRecipe resolve(const CommandLine& line,
                         MissingPackages missing = MissingPackages::leave) const;
};

/// The evaluation sets of the paper, which come with the program.
std::string paper_tasks_file();

/// Says that the points of a [sweep] are not run, if the recipe has one.
void note_sweep(const ResolvedRecipe& resolved);

/// Opens LibTorch and every plugin of the search path, these folders first.
void open_plugins(const CommandLine& line, const std::vector<std::string>& more = {});

}  // namespace btx
