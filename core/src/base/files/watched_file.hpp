#pragma once
// A file from outside that must stay what it is while it is read.

#include "base/file.hpp"

#include <string>

namespace btx {

/// Path, size, and the times of the last change of its content and of the file itself: equal as
/// long as nobody has written, replaced or put back the file.
/// Throws btx::Error naming the path, also for what is not a regular file: a pipe would block.
BTX_EXPORT std::string file_identity(const fs::path& path);

/// The file as it was when this was made; check_unchanged() is asked once it has been read.
class BTX_EXPORT WatchedFile {
 public:
  /// Takes the digest. Throws btx::Error as file_identity() and digest_file(), and for a file that
  /// changes meanwhile.
  explicit WatchedFile(const fs::path& path);

  const std::string& digest() const { return digest_; }
  const std::string& identity() const { return identity_; }
  /// Throws btx::Error if the file has been touched since, also if it was put back.
  void check_unchanged() const;

 private:
  fs::path path_;
  std::string identity_, digest_;
};

}  // namespace btx
