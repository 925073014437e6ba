#pragma once
// Lines of a text file that may be compressed with gzip.

#include "base/file.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace btx {

/// Used by one thread at a time.
class BTX_EXPORT GzipLines {
 public:
  /// Throws btx::Error (usage) naming the file if it cannot be opened.
  explicit GzipLines(const fs::path& path);
  ~GzipLines();
  GzipLines(const GzipLines&) = delete;
  GzipLines& operator=(const GzipLines&) = delete;

  /// The next line, without its end; false after the last. Throws btx::Error (usage) for a file
  /// that is damaged or cut short, and for lines of more than 64 MiB.
  bool next(std::string& line);
  /// "file:line" of the line read last.
  std::string place() const;

 private:
  bool fill();

  fs::path path_;
  void* file_ = nullptr;  ///< gzFile
  std::vector<char> buffer_;
  std::string_view rest_;  ///< of the buffer
  std::int64_t number_ = 0;
};

}  // namespace btx
