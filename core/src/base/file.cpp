#include "base/file.hpp"

#include "base/files/system_file.hpp"
#include "base/interrupt.hpp"

#include <btx/error.hpp>
#include <btx/log.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace btx {
namespace {

constexpr std::size_t kBufferBytes = 1 << 20;
constexpr int kBetweenAttempts = 50;  ///< milliseconds

void write_all(int fd, const char* data, std::size_t bytes, const fs::path& path) {
  while (bytes > 0) {
    const ssize_t wrote = ::write(fd, data, bytes);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) fail_on_file("write", path, errno);
    data += wrote;
    bytes -= static_cast<std::size_t>(wrote);
  }
}

bool is_pipe(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 && S_ISFIFO(info.st_mode);
}

/// Refuses devices, which may have no end. A pipe that nobody writes to is at its end at once.
int open_to_read(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) fail_on_file("read", path, errno);
  struct stat info {};
  if (::fstat(fd, &info) == 0 && (S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode))) {
    ::close(fd);
    throw Error(fmt::format("cannot read {}: it is a device", path.string()));
  }
  ::fcntl(fd, F_SETFL, 0);
  return fd;
}

}  // namespace

std::string read_file(const fs::path& path) {
  const int fd = open_to_read(path);
  std::string data;
  std::string buffer(kBufferBytes, '\0');
  ssize_t got = 0;
  while ((got = ::read(fd, buffer.data(), buffer.size())) > 0) {
    data.append(buffer.data(), static_cast<std::size_t>(got));
  }
  const int reason = errno;
  const bool no_writer = data.empty() && is_pipe(fd);
  ::close(fd);
  if (got < 0) fail_on_file("read", path, reason);
  if (no_writer) throw Error(fmt::format("cannot read {}: an empty pipe", path.string()));
  return data;
}

void write_file(const fs::path& path, std::string_view data, bool durable) {
  std::error_code unknown;
  if (fs::exists(path, unknown) && !fs::is_regular_file(path, unknown)) {
    throw Error(fmt::format("cannot write {}: it is there and no regular file", path.string()));
  }
  const fs::path beside = path.string() + fmt::format(".tmp{}", ::getpid());
  const int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) fail_on_file("create", path, errno);
  try {
    write_all(fd, data.data(), data.size(), path);
    if (durable && ::fsync(fd) != 0) fail_on_file("write", path, errno);
  } catch (...) {
    ::close(fd);
    ::unlink(beside.c_str());
    throw;
  }
  if (::close(fd) != 0 || ::rename(beside.c_str(), path.c_str()) != 0)
    fail_on_file("write", path, errno);
}

OutputFile::OutputFile(const fs::path& path) : path_(path) {
  fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd_ < 0) fail_on_file("create", path, errno);
  buffer_.reserve(kBufferBytes);
}

OutputFile::~OutputFile() {
  if (fd_ < 0) return;
  struct stat info {};
  const bool regular = ::fstat(fd_, &info) == 0 && S_ISREG(info.st_mode);  // never unlink a device
  ::close(fd_);
  if (regular) ::unlink(path_.c_str());
}

void OutputFile::write(const void* data, std::size_t bytes) {
  size_ += bytes;
  if (buffer_.size() + bytes > kBufferBytes) flush();
  if (bytes >= kBufferBytes) {
    write_all(fd_, static_cast<const char*>(data), bytes, path_);
  } else {
    buffer_.append(static_cast<const char*>(data), bytes);
  }
}

void OutputFile::flush() {
  write_all(fd_, buffer_.data(), buffer_.size(), path_);
  buffer_.clear();
}

void OutputFile::close() {
  flush();
  if (::fsync(fd_) != 0) fail_on_file("write", path_, errno);
  const int fd = std::exchange(fd_, -1);
  if (::close(fd) != 0) fail_on_file("write", path_, errno);
}

MappedFile::MappedFile(const fs::path& path) {
  const int fd = open_regular_file(path);
  size_ = static_cast<std::size_t>(::lseek(fd, 0, SEEK_END));
  if (size_ > 0) {
    void* mapped = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, fd, 0);
    const int reason = errno;
    ::close(fd);
    if (mapped == MAP_FAILED) fail_on_file("map", path, reason);
    data_ = static_cast<const std::byte*>(mapped);
  } else {
    ::close(fd);
  }
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

void MappedFile::release() const {
  // A hint: pages that stay are no error.
  if (data_ != nullptr) ::madvise(const_cast<std::byte*>(data_), size_, MADV_DONTNEED);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

void check_can_write(const fs::path& path) {
  std::error_code unknown;
  if (fs::is_directory(path, unknown)) {
    throw Error(ExitCode::usage, fmt::format("cannot write {}: it is a folder", path.string()));
  }
  const fs::path folder = fs::absolute(path).parent_path();
  if (!fs::exists(folder, unknown)) {
    throw Error(ExitCode::usage, fmt::format("cannot write {}: there is no folder {}",
                                             path.string(), folder.string()));
  }
  check_can_make_folder(folder);
}

void check_can_make_folder(const fs::path& path) {
  std::error_code unknown;
  fs::path there = fs::absolute(path);
  while (!fs::exists(there, unknown) && there.has_relative_path()) there = there.parent_path();
  const char* reason = fs::is_directory(there, unknown) ? nullptr : "is not a folder";
  if (reason == nullptr && ::access(there.c_str(), W_OK) != 0) reason = std::strerror(errno);
  if (reason == nullptr) return;
  throw Error(ExitCode::usage,
              fmt::format("cannot write into {}: {}: {}", path.string(), there.string(), reason));
}

void make_folder(const fs::path& path) {
  std::error_code code;
  fs::create_directories(path, code);
  if (code) fail_on_file("create folder", path, code.value());
}

void make_read_only(const fs::path& folder) {
  for (const auto& item : fs::recursive_directory_iterator(folder)) {
    if (!item.is_regular_file()) continue;
    std::error_code failure;
    fs::permissions(item.path(),
                    fs::perms::owner_write | fs::perms::group_write | fs::perms::others_write,
                    fs::perm_options::remove, failure);
    if (!failure) continue;
    log(LogLevel::info,
        fmt::format("files in {} stay writable: {}", folder.string(), failure.message()));
    return;
  }
}

FileLock FileLock::wait(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) fail_on_file("lock", path, errno);
  FileLock lock(fd);
  for (bool said = false; ::flock(fd, LOCK_EX | LOCK_NB) != 0; said = true) {
    if (errno != EWOULDBLOCK && errno != EINTR) fail_on_file("lock", path, errno);
    if (!said) {
      log(LogLevel::info, fmt::format("waiting for another btx that holds {}", path.string()));
    }
    leave_if_interrupted();
    ::poll(nullptr, 0, kBetweenAttempts);
  }
  return lock;
}

std::optional<FileLock> FileLock::attempt(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) fail_on_file("lock", path, errno);
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return FileLock(fd);
  const int reason = errno;
  ::close(fd);
  if (reason != EWOULDBLOCK) fail_on_file("lock", path, reason);
  return std::nullopt;
}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

std::uint64_t free_disk_bytes(const fs::path& path) {
  fs::path existing = fs::absolute(path);
  while (!fs::exists(existing) && existing.has_parent_path()) existing = existing.parent_path();
  struct statvfs info {};
  if (::statvfs(existing.c_str(), &info) != 0) fail_on_file("read the disk of", existing, errno);
  return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
}

}  // namespace btx
