#pragma once
// What a run folder is told of a resolved recipe.

#include "pipeline/run_folder.hpp"
#include "plan/resolve/resolve.hpp"

namespace btx {

/// <run.dir>/<run.name>.
fs::path run_path(const RunConfig& run);

/// Writes the requests of all stages of the recipe's graph, and the resolved recipe.
void write_requests(RunFolder& folder, const ResolvedRecipe& resolved, const StageGraph& graph,
                    const Store& store);

}  // namespace btx
