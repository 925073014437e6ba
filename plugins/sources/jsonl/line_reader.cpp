#include "jsonl/line_reader.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

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

bool is_zstd(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  char mark[4] = {};
  return file && std::fread(mark, 1, sizeof mark, file.get()) == sizeof mark &&
         std::string_view(mark, sizeof mark) == "\x28\xb5\x2f\xfd";
}

}  // namespace

std::unique_ptr<ByteReader> open_bytes(const std::string& path) {
  if (is_zstd(path)) return std::make_unique<ZstdReader>(path);
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
