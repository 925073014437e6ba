#pragma once
// Digests of files from outside, remembered by (path, size, mtime, inode).

#include "base/file.hpp"

#include <map>
#include <string>

namespace btx {

class BTX_EXPORT FileMemo {
 public:
  /// Reads the memo at `file` if it is there; one that cannot be read counts as empty.
  FileMemo(const fs::path& file, bool keep);
  /// Writes what is new, if it is to be kept and the memo's folder exists.
  ~FileMemo();

  /// The file's digest, from the memo while the file looks the same. `verify` reads it in any case.
  /// Throws btx::Error naming the path, also for what is no regular file: a pipe would block.
  std::string digest(const fs::path& path);
  static void set_verify(bool verify);

 private:
  fs::path file_;
  std::map<std::string, std::string> known_;
  bool keep_;
  bool changed_ = false;
};

}  // namespace btx
