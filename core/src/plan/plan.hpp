#pragma once
// The stages a recipe asks for.

#include "pipeline/stage.hpp"
#include "plan/resolve/resolve.hpp"

#include <string>
#include <vector>

namespace btx {

/// A model that the run compares: its name in the report and the stage that makes it.
struct ComparedModel {
  std::string name;
  std::string stage;
};

/// What a plan is for. Only a run writes: to the memo of file digests in the store.
enum class PlanUse {
  run,
  check,  ///< as run, but writes nothing
  show    ///< as check; data sources that are not there are noted in their stage, not refused
};

/// What a verb asks of planning.
struct PlanOptions {
  PlanUse use = PlanUse::run;
  bool verify = false;  ///< files from outside are read again instead of trusting size and time
};

/// The stages, with keys and estimates. Reads headers and digests of files that the recipe names,
/// nothing else.
/// Throws btx::Error as resolve_recipe(), and for files that are missing or models that do not fit.
BTX_EXPORT StageGraph plan_stages(const ResolvedRecipe& resolved, PlanOptions options = {});

/// The models, in the order of the report.
BTX_EXPORT std::vector<ComparedModel> compared_models(const ResolvedRecipe& resolved);

}  // namespace btx
