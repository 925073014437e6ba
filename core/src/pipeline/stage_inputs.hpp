#pragma once
// What a stage reads is what its key names: itself, plugins, artifacts and files from outside.

#include "base/files/watched_file.hpp"
#include "pipeline/stage_context.hpp"
#include "pipeline/stage_request.hpp"

#include <vector>

namespace btx {

/// All is checked when this is made; files from outside again, before the stage's result is kept.
class StageInputs {
 public:
  /// Reads them all. Throws btx::Error naming the first that is not what it was when the run was
  /// planned: the request, a plugin of this process, an artifact that is damaged, a file.
  StageInputs(const StageRequest& request, const StageKind& kind);

  /// Throws btx::Error if a file from outside has been touched since.
  void check_unchanged() const;

 private:
  std::vector<WatchedFile> files_;
};

}  // namespace btx
