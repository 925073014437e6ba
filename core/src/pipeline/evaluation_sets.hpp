#pragma once
// [[eval.set]]: from what a recipe says of its evaluation sets to what an evaluate stage is told.

#include "recipe/schema.hpp"

#include <string>
#include <vector>

namespace btx {

/// Fills in the parameters of the sets' tasks. Plugins must be loaded. Throws btx::Error (usage)
/// with the place in `tree`, the recipe: a name that is given twice or is one of `taken`, a set
/// with neither or both of requests and text, items of a text, a task that is not there.
BTX_EXPORT void resolve_sets(EvalConfig& eval, const Value& tree,
                             const std::vector<std::string>& taken);

/// The stage's config.sets and config.set_files: what is part of its key, and where the files are,
/// which is not.
BTX_EXPORT Array sets_config(const EvalConfig& eval);
BTX_EXPORT Value set_files(const EvalConfig& eval);

/// What a stage's key needs of the sets if it only reads their text: their names and which are
/// request files.
BTX_EXPORT Array set_names(const EvalConfig& eval);

/// The file of a set, on this machine. Throws btx::Error as local_path().
BTX_EXPORT std::string file_of(const EvalSetConfig& set);

}  // namespace btx
