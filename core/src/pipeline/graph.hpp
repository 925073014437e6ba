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

/// What becomes of data sources that are not there.
enum class MissingData { refuse, note };

/// The stages, with keys and estimates. Reads headers and digests of files that the recipe names,
/// nothing else; writes only to the memo of file digests in the store.
/// Throws btx::Error as resolve_recipe(), and for files that are missing or models that do not fit.
BTX_EXPORT StageGraph build_graph(const ResolvedRecipe& resolved,
                                  MissingData missing = MissingData::refuse);

/// The models, in the order of the report.
BTX_EXPORT std::vector<ComparedModel> compared_models(const ResolvedRecipe& resolved);

/// The model a trained seed has with this vocabulary.
BTX_EXPORT ModelConfig seed_config(const ModelShape& shape, std::int64_t vocab_size);

}  // namespace btx
