#pragma once
// Lines of a text file that is plain or compressed by gzip or zstd, told apart by content.

#include "base/file.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace btx {

/// Used by one thread at a time.
class BTX_EXPORT TextLines {
 public:
  /// Throws btx::Error (usage) naming the file if it cannot be opened.
  explicit TextLines(const fs::path& path);
  ~TextLines();
  TextLines(const TextLines&) = delete;
  TextLines& operator=(const TextLines&) = delete;

  /// The next line, without its end; false after the last. Throws btx::Error (usage) for a file
  /// that is damaged or cut short, and for lines of more than 64 MiB.
  bool next(std::string& line);
  /// "file:line" of the line read last.
  std::string place() const;

  /// What a file held before it was compressed.
  class Bytes;

 private:
  bool fill();

  fs::path path_;
  std::unique_ptr<Bytes> bytes_;
  std::vector<char> buffer_;
  std::string_view rest_;  ///< of the buffer
  std::int64_t number_ = 0;
};

}  // namespace btx
