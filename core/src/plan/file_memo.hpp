#pragma once
// Digests of files from outside, remembered by what file_identity() says of them.

#include "base/file.hpp"

#include <map>
#include <string>

namespace btx {

/// How a plan uses the memo, by its PlanUse and --verify.
struct FileMemoOptions {
  bool keep = false;    ///< what is new is written
  bool verify = false;  ///< files are read in any case
};

/// The memo of one store. Used by one thread at a time.
class BTX_EXPORT FileMemo {
 public:
  /// Reads the memo at `file` if it is there; one that cannot be read counts as empty.
  FileMemo(const fs::path& file, FileMemoOptions options);
  /// Writes what is new, if it is to be kept and the memo's folder exists.
  ~FileMemo();

  /// The file's digest, from the memo while the file looks the same.
  /// Throws btx::Error naming the path, also for what is not a regular file: a pipe would block.
  std::string digest(const fs::path& path);

 private:
  fs::path file_;
  std::map<std::string, std::string> known_;
  FileMemoOptions options_;
  bool changed_ = false;
};

}  // namespace btx
