#pragma once
// Whether models can be scored on what the documents turned out to be.

#include "pipeline/store.hpp"
#include "plan/resolve/resolve.hpp"

namespace btx {

/// Does nothing until the documents of all domains are in the store.
/// Throws btx::Error for a domain whose test text is all among what some domain trains on.
BTX_EXPORT void check_held_out(const ResolvedRecipe& resolved, const StageGraph& graph,
                               const Store& store);

}  // namespace btx
