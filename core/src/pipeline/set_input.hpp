#pragma once
// The content of an evaluation set, and the check that its task can use it.

#include "base/file.hpp"
#include "plugin/component.hpp"
#include "recipe/schema.hpp"

#include <btx/task.hpp>

#include <vector>

namespace btx {

/// What a task is given of a set, and what the report says of the set: the recipe's words on it,
/// how many items, the digest.
struct SetInput {
  TaskInput input;
  Value facts;
};

/// Reads a set as sets_config() describes it. Throws btx::Error (usage) with the place for what is
/// wrong in its file, or run for one that cannot be read.
BTX_EXPORT SetInput read_set(const Value& set, const fs::path& path);

/// What the task asks of that input. Throws btx::Error as the task does, and if it asks nothing.
BTX_EXPORT std::vector<Request> requests_of(const Component<Task>& task, const TaskInput& input);

/// Reads the sets that are on this machine and lets their tasks make the requests, so that what an
/// evaluate stage would refuse of them, or of this machine, is refused before anything has run.
/// Throws btx::Error as read_set() and requests_of().
BTX_EXPORT void check_sets(const EvalConfig& eval);

}  // namespace btx
