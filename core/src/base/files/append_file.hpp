#pragma once
// A file that several processes add to, a record at a time.

#include "base/file.hpp"

#include <string_view>

namespace btx {

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
