#pragma once
// What tasks that score whole texts share.

#include <btx/error.hpp>
#include <btx/task.hpp>

#include <vector>

namespace tasks {

/// Each document from its start. Throws btx::Error (usage) for the rows of a request file.
inline std::vector<btx::Request> document_requests(const btx::TaskInput& input) {
  if (!input.rows.empty()) {
    throw btx::Error(btx::ExitCode::usage,
                     "scores whole texts, and '" + input.name +
                         "' has the rows of a request file; name the task in eval.tasks or in a "
                         "set with text");
  }
  std::vector<btx::Request> requests;
  for (const auto& document : input.documents) requests.push_back({"", document.text});
  return requests;
}

}  // namespace tasks
