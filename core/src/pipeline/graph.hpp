#pragma once
// The stages a recipe asks for.

#include "pipeline/resolve.hpp"
#include "pipeline/stage.hpp"

#include <btx/merge_strategy.hpp>

#include <string>
#include <vector>

namespace btx {

/// A model that the run compares: its name in the report and the stage that makes it.
struct ComparedModel {
  std::string name;
  std::string stage;
};

/// What a graph is for. Only a run writes: to the memo of file digests in the store.
enum class GraphUse {
  run,
  check,  ///< as run, but writes nothing
  plan    ///< as check; data sources that are not there are noted in their stage, not refused
};

/// The stages, with keys and estimates. Reads headers and digests of files that the recipe names,
/// nothing else.
/// Throws btx::Error as resolve_recipe(), and for files that are missing or models that do not fit.
BTX_EXPORT StageGraph build_graph(const ResolvedRecipe& resolved, GraphUse use = GraphUse::run);

/// The models, in the order of the report.
BTX_EXPORT std::vector<ComparedModel> compared_models(const ResolvedRecipe& resolved);

/// The model a trained seed has with this vocabulary.
BTX_EXPORT ModelConfig seed_config(const ModelShape& shape, std::int64_t vocab_size);

}  // namespace btx
