#pragma once
// Files: whole reads, writes that are complete or absent, folders, locks.

#include <btx/export.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace btx {

namespace fs = std::filesystem;

/// The whole file. Throws btx::Error naming the path and the system's reason.
BTX_EXPORT std::string read_file(const fs::path& path);

/// Writes beside and renames: afterwards `path` holds all of `data` or what it held before.
/// `durable` also waits for the disk. Throws btx::Error (a full disk is named as such).
BTX_EXPORT void write_file(const fs::path& path, std::string_view data, bool durable = false);

/// Throws btx::Error (usage) where write_file() could not write: `path` is a folder, or its folder
/// is missing, no folder, or one that this user cannot write to.
BTX_EXPORT void check_can_write(const fs::path& path);

/// The same of make_folder() and files in the folder.
BTX_EXPORT void check_can_make_folder(const fs::path& path);

/// A file being written in order; closed with an error check by close(), removed if it is
/// destroyed before. Throws btx::Error naming the path, "disk full" spelled out.
class BTX_EXPORT OutputFile {
 public:
  explicit OutputFile(const fs::path& path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(const void* data, std::size_t bytes);
  void write(std::string_view text) { write(text.data(), text.size()); }
  /// Bytes written so far.
  std::uint64_t size() const { return size_; }
  /// Flushes to the disk and closes.
  void close();

 private:
  void flush();
  fs::path path_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
  std::string buffer_;
};

/// A file mapped read-only. Throws btx::Error naming the path.
class BTX_EXPORT MappedFile {
 public:
  explicit MappedFile(const fs::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  const std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }
  /// Lets go of the pages that were read, which count as this process's memory; what is looked at
  /// again is read again.   [any]
  void release() const;

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// Creates the folder and its parents. Throws btx::Error naming the path.
BTX_EXPORT void make_folder(const fs::path& path);

/// Takes the permission to write from every file in the folder and its folders, where the disk
/// knows permissions.
BTX_EXPORT void make_read_only(const fs::path& folder);

/// An exclusive lock on a file (flock), held until destruction or the end of the process.
class BTX_EXPORT FileLock {
 public:
  /// Waits for the lock, and says so if it has to. Throws btx::Error (interrupted) if
  /// interrupted() meanwhile.
  static FileLock wait(const fs::path& path);
  /// The lock, or nothing if another process holds it.
  static std::optional<FileLock> attempt(const fs::path& path);
  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_;
};

/// Free bytes on the disk that holds `path` (or its nearest existing parent).
BTX_EXPORT std::uint64_t free_disk_bytes(const fs::path& path);

}  // namespace btx
