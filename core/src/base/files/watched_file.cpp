#include "base/files/watched_file.hpp"

#include "base/files/system_file.hpp"
#include "base/hash.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

namespace btx {

std::string file_identity(const fs::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) fail_on_file("read", path, errno);
  if (!S_ISREG(info.st_mode)) {
    throw Error(fmt::format("cannot read {}: not a regular file", path.string()));
  }
  // Nobody can set ctime, so that a file with an earlier mtime is not taken for the earlier file.
  return fmt::format("{} {} {}.{:09} {}.{:09}", fs::absolute(path).string(), info.st_size,
                     info.st_mtim.tv_sec, info.st_mtim.tv_nsec, info.st_ctim.tv_sec,
                     info.st_ctim.tv_nsec);
}

WatchedFile::WatchedFile(const fs::path& path)
    : path_(path), identity_(file_identity(path)), digest_(digest_file(path)) {
  check_unchanged();
}

void WatchedFile::check_unchanged() const {
  if (file_identity(path_) == identity_) return;
  throw Error(fmt::format("{} was changed while it was read; run again when it stays as it is",
                          path_.string()));
}

}  // namespace btx
