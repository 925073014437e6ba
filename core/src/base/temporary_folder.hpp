#pragma once
// A folder among the system's temporary ones, removed with what it holds: at its end, or where the
// process was killed by the next one that makes such a folder.

#include "base/file.hpp"

namespace btx {

/// Makes the folder; a locked file in it shows others that this process lives.
class BTX_EXPORT TemporaryFolder {
 public:
  /// Throws btx::Error where none can be made.
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  std::optional<FileLock> lock_;
};

}  // namespace btx
