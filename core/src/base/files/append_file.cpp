#include "base/files/append_file.hpp"

#include "base/files/system_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

namespace btx {
namespace {

/// Nobody else adds to the file while it lives.
class Turn {
 public:
  explicit Turn(int fd) : fd_(fd) {
    while (::flock(fd_, LOCK_EX) != 0 && errno == EINTR) {
    }
  }
  ~Turn() { ::flock(fd_, LOCK_UN); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  int fd_;
};

/// All of it, or the errno of what was in the way.
int write_all(int fd, std::string_view record) {
  while (!record.empty()) {
    const ssize_t wrote = ::write(fd, record.data(), record.size());
    if (wrote < 0 && errno != EINTR) return errno;
    if (wrote > 0) record.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return 0;
}

}  // namespace

AppendFile::AppendFile(const fs::path& path)
    : path_(path), fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {
  if (fd_ < 0) fail_on_file("write", path_, errno);
}

AppendFile::~AppendFile() {
  ::close(fd_);
}

void AppendFile::append(std::string_view record) {
  const Turn turn(fd_);
  const off_t before = ::lseek(fd_, 0, SEEK_END);
  const int reason = write_all(fd_, record);
  if (reason == 0) return;
  if (::ftruncate(fd_, before) != 0) fail_on_file("cut", path_, errno);
  fail_on_file("write", path_, reason);
}

void AppendFile::drop_cut_line() {
  const Turn turn(fd_);
  const off_t size = ::lseek(fd_, 0, SEEK_END);
  off_t end = size;
  for (char last = 0; end > 0; --end) {
    if (::pread(fd_, &last, 1, end - 1) != 1) fail_on_file("read", path_, errno);
    if (last == '\n') break;
  }
  if (end < size && ::ftruncate(fd_, end) != 0) fail_on_file("cut", path_, errno);
}

}  // namespace btx
