#include "base/files/system_file.hpp"

#include <btx/error.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace btx {

void fail_on_file(const char* what, const std::filesystem::path& path, int reason) {
  if (reason == ENOSPC || reason == EDQUOT) {
    throw Error(
        fmt::format("cannot {} {}: disk full; free some space and run again", what, path.string()));
  }
  throw Error(fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(reason)));
}

int open_regular_file(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) fail_on_file("read", path, errno);
  struct stat info {};
  if (::fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) return fd;
  ::close(fd);
  throw Error(fmt::format("cannot read {}: not a regular file", path.string()));
}

}  // namespace btx
