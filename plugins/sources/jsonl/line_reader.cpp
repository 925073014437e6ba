#include "jsonl/line_reader.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <utility>

namespace sources {
namespace {

using btx::Error;

constexpr std::size_t kBlockBytes = std::size_t{1} << 18;
constexpr std::size_t kMaxLineBytes = std::size_t{256} << 20;

[[noreturn]] void fail_damaged(const std::string& path, const char* reason) {
  throw Error(fmt::format("{}: the compressed file is damaged or cut short ({})", path, reason));
}

/// gzip; a file without its mark is passed through.
class GzipReader final : public ByteReader {
 public:
  explicit GzipReader(const std::string& path)
      : path_(path), file_(::gzopen(path.c_str(), "rb"), &::gzclose) {
    if (!file_) throw Error(fmt::format("cannot read {}: {}", path, std::strerror(errno)));
    ::gzbuffer(file_.get(), kBlockBytes);
  }

  std::size_t read(char* data, std::size_t size) override {
    const int got = ::gzread(file_.get(), data, static_cast<unsigned>(size));
    int error = Z_OK;
    const char* reason = ::gzerror(file_.get(), &error);
    if (error == Z_ERRNO)
      throw Error(fmt::format("cannot read {}: {}", path_, std::strerror(errno)));
    if (got < 0 || (got == 0 && error != Z_OK)) fail_damaged(path_, reason);
    return static_cast<std::size_t>(got);
  }

 private:
  std::string path_;
  std::unique_ptr<gzFile_s, int (*)(gzFile)> file_;
};

class ZstdReader final : public ByteReader {
 public:
  explicit ZstdReader(const std::string& path)
      : path_(path),
        file_(std::fopen(path.c_str(), "rb"), &std::fclose),
        stream_(::ZSTD_createDStream(), &::ZSTD_freeDStream),
        block_(kBlockBytes, '\0') {
    if (!file_) throw Error(fmt::format("cannot read {}: {}", path, std::strerror(errno)));
  }

  std::size_t read(char* data, std::size_t size) override {
    ZSTD_outBuffer out{data, size, 0};
    while (out.pos == 0) {
      if (in_.pos == in_.size && !refill()) return 0;
      left_ = ::ZSTD_decompressStream(stream_.get(), &out, &in_);
      if (::ZSTD_isError(left_) != 0) fail_damaged(path_, ::ZSTD_getErrorName(left_));
    }
    return out.pos;
  }

 private:
  bool refill() {
    in_ = {block_.data(), std::fread(block_.data(), 1, block_.size(), file_.get()), 0};
    if (std::ferror(file_.get()) != 0) throw Error(fmt::format("cannot read {}", path_));
    if (in_.size == 0 && left_ != 0) fail_damaged(path_, "unexpected end");
    return in_.size > 0;
  }

  std::string path_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  std::unique_ptr<ZSTD_DStream, std::size_t (*)(ZSTD_DStream*)> stream_;
  std::string block_;
  ZSTD_inBuffer in_{nullptr, 0, 0};
  std::size_t left_ = 0;  // what the current frame still lacks; 0 between frames
};

std::string first_bytes(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  std::string mark(8, '\0');
  mark.resize(file ? std::fread(mark.data(), 1, mark.size(), file.get()) : 0);
  return mark;
}

/// A frame of data, or one to be skipped (RFC 8878), which may come first as anywhere.
bool is_zstd(std::string_view mark) {
  const bool skipped =
      mark.size() > 4 && (mark[0] & 0xF0) == 0x50 && mark.substr(1, 3) == "\x2a\x4d\x18";
  return skipped || mark.starts_with("\x28\xb5\x2f\xfd");
}

void refuse_others(const std::string& path, std::string_view mark) {
  using namespace std::string_view_literals;
  constexpr std::array<std::pair<std::string_view, const char*>, 6> kOthers = {
      {{"\xfd"
        "7zXZ\0"sv,
        "xz"},
       {"BZh"sv, "bzip2"},
       {"\x04\x22\x4d\x18"sv, "lz4"},
       {"PK\x03\x04"sv, "zip"},
       {"PAR1"sv, "Parquet"},
       {"7z\xbc\xaf"sv, "7-Zip"}}};
  for (const auto& [begin, name] : kOthers) {
    if (!mark.starts_with(begin)) continue;
    throw Error(
        btx::ExitCode::usage,
        fmt::format("{}: is a file of {}; text, gzip and zstd are read, so unpack it", path, name));
  }
}

}  // namespace

std::unique_ptr<ByteReader> open_bytes(const std::string& path) {
  const std::string mark = first_bytes(path);
  refuse_others(path, mark);
  if (is_zstd(mark)) return std::make_unique<ZstdReader>(path);
  return std::make_unique<GzipReader>(path);
}

bool LineReader::next(std::string& line) {
  line.clear();
  for (;;) {
    const std::size_t end = buffer_.find('\n', begin_);
    line.append(buffer_, begin_, end - begin_);
    if (line.size() > kMaxLineBytes) {
      throw Error(fmt::format("{}:{}: the line is longer than 256 MiB", path_, number_ + 1));
    }
    if (end != std::string::npos) {
      begin_ = end + 1;
      ++number_;
      return true;
    }
    buffer_.resize(kBlockBytes);
    buffer_.resize(bytes_->read(buffer_.data(), buffer_.size()));
    begin_ = 0;
    if (!buffer_.empty()) continue;
    number_ += line.empty() ? 0 : 1;
    return !line.empty();
  }
}

std::string LineReader::place() const {
  return fmt::format("{}:{}", path_, number_);
}

}  // namespace sources
