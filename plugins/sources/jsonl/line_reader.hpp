#pragma once
// Lines of a file that is plain text or compressed by gzip or zstd, told apart by content.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace sources {

/// Bytes of a file as they were before compression.
class ByteReader {
 public:
  virtual ~ByteReader() = default;
  /// Up to `size` bytes, 0 at the end. Throws btx::Error naming the file if it is damaged or cut
  /// short.
  virtual std::size_t read(char* data, std::size_t size) = 0;
};

/// Throws btx::Error (usage) for a file that another program packed, naming that.
std::unique_ptr<ByteReader> open_bytes(const std::string& path);

/// Used by one thread at a time.
class LineReader {
 public:
  explicit LineReader(const std::string& path) : path_(path), bytes_(open_bytes(path)) {}

  /// The next line, without its end; false after the last. Throws btx::Error for lines of more than
  /// 256 MiB, and as ByteReader.
  bool next(std::string& line);
  /// "file:line" of the line read last.
  std::string place() const;
  std::int64_t number() const { return number_; }

 private:
  std::string path_;
  std::unique_ptr<ByteReader> bytes_;
  std::string buffer_;
  std::size_t begin_ = 0;
  std::int64_t number_ = 0;
};

}  // namespace sources
