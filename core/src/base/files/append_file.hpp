#pragma once
// A file that several processes add to, a record at a time.

#include "base/file.hpp"

#include <string_view>

namespace btx {

/// Open for adding. A lock for each record keeps several processes apart; in a process it is used
/// by one thread at a time.
class BTX_EXPORT AppendFile {
 public:
  /// Opens the file, or makes it. Throws btx::Error naming the path.
  explicit AppendFile(const fs::path& path);
  ~AppendFile();
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;

  /// Adds the record, whole or not at all. Throws btx::Error naming the path, "disk full" spelled
  /// out.
  void append(std::string_view record);
  /// Of a file of lines: takes away the beginning of one that somebody had no time to end.
  void drop_cut_line();

 private:
  fs::path path_;
  int fd_;
};

}  // namespace btx
