#pragma once
// [[eval.set]]: from what a recipe says of its evaluation sets to what stages are told of them.

#include "eval/evaluation_set.hpp"
#include "recipe/schema/eval.hpp"

#include <string>
#include <vector>

namespace btx {

/// Fills in the parameters of the sets' tasks. Plugins must be loaded. Throws btx::Error (usage)
/// with the place in `tree`, the recipe: a name that is given twice or is one of `domains`, a
/// `prior_from` that is none of them (if there are any), a set with neither or both of requests and
/// text, items of a text, a task that is not there.
BTX_EXPORT void resolve_sets(EvalConfig& eval, const Value& tree,
                             const std::vector<std::string>& domains);

/// What an evaluate stage is told of a set.
BTX_EXPORT EvaluationSet evaluation_set(const EvalSetConfig& set);
BTX_EXPORT std::vector<EvaluationSet> evaluation_sets(const EvalConfig& eval);

/// The file of a set, on this machine. Throws btx::Error as local_path().
BTX_EXPORT std::string file_of(const EvalSetConfig& set);

/// Reads the sets that are on this machine and lets their tasks make the requests, so that what an
/// evaluate stage would refuse of them, or of this machine, is refused before anything has run.
/// `context`: the least of the models, in tokens. Throws btx::Error as read_set(), requests_of()
/// and prompt_room().
BTX_EXPORT void check_sets(const EvalConfig& eval, std::int64_t context);

}  // namespace btx
