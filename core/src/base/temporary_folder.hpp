#pragma once
// A folder among the system's temporary ones, removed with what it holds.

#include "base/file.hpp"

namespace btx {

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
};

}  // namespace btx
