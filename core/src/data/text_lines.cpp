#include "data/text_lines.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>

namespace btx {

class TextLines::Bytes {
 public:
  virtual ~Bytes() = default;
  /// Up to `size` bytes, 0 at the end. Throws Damage.
  virtual std::size_t read(char* to, std::size_t size) = 0;
};

namespace {

constexpr std::size_t kLongestLine = std::size_t{64} << 20;
constexpr std::size_t kBlock = std::size_t{1} << 16;

/// Why a file cannot be read on; who reads it knows where.
struct Damage {
  std::string reason;
};

/// A file that is not of gzip is passed through.
class GzipBytes final : public TextLines::Bytes {
 public:
  explicit GzipBytes(const fs::path& path) : file_(::gzopen(path.c_str(), "rb"), &::gzclose) {
    if (!file_) throw Damage{std::strerror(errno)};
  }

  std::size_t read(char* to, std::size_t size) override {
    const int count = ::gzread(file_.get(), to, static_cast<unsigned int>(size));
    if (count > 0) return static_cast<std::size_t>(count);
    int code = Z_OK;
    const char* what = ::gzerror(file_.get(), &code);
    if (code == Z_OK || code == Z_STREAM_END) return 0;
    throw Damage{code == Z_BUF_ERROR ? "unexpected end of file" : what};
  }

 private:
  std::unique_ptr<gzFile_s, int (*)(gzFile)> file_;
};

/// Any number of frames, some of which may be to be skipped.
class ZstdBytes final : public TextLines::Bytes {
 public:
  explicit ZstdBytes(const fs::path& path)
      : file_(path, std::ios::binary), stream_(::ZSTD_createDStream(), &::ZSTD_freeDStream) {}

  std::size_t read(char* to, std::size_t size) override {
    ZSTD_outBuffer out{to, size, 0};
    while (out.pos == 0) {
      if (in_.pos == in_.size && !refill()) return 0;
      left_ = ::ZSTD_decompressStream(stream_.get(), &out, &in_);
      if (::ZSTD_isError(left_) != 0) throw Damage{::ZSTD_getErrorName(left_)};
    }
    return out.pos;
  }

 private:
  bool refill() {
    file_.read(block_.data(), static_cast<std::streamsize>(block_.size()));
    if (file_.bad()) throw Damage{"it cannot be read"};
    in_ = {block_.data(), static_cast<std::size_t>(file_.gcount()), 0};
    if (in_.size == 0 && left_ != 0) throw Damage{"unexpected end of file"};
    return in_.size > 0;
  }

  std::ifstream file_;
  std::unique_ptr<ZSTD_DStream, std::size_t (*)(ZSTD_DStream*)> stream_;
  std::vector<char> block_ = std::vector<char>(kBlock);
  ZSTD_inBuffer in_{nullptr, 0, 0};
  std::size_t left_ = 0;  ///< what the frame still lacks; 0 between frames
};

/// Whether the file begins with a frame of zstd, of data or to be skipped (RFC 8878).
bool is_zstd(const fs::path& path) {
  std::string mark(4, '\0');
  std::ifstream(path, std::ios::binary).read(mark.data(), 4);
  const bool skipped = (mark[0] & 0xF0) == 0x50 && mark.substr(1) == "\x2a\x4d\x18";
  return skipped || mark == "\x28\xb5\x2f\xfd";
}

/// What the file is by its first bytes, if it is none of what is read.
const char* other_format(const fs::path& path) {
  using namespace std::string_view_literals;
  constexpr std::array<std::pair<std::string_view, const char*>, 6> kOthers = {
      {{"\xfd"
        "7zXZ\0"sv,
        "xz"},
       {"BZh91AY&SY"sv, "bzip2"},
       {"\x04\x22\x4d\x18"sv, "lz4"},
       {"PK\x03\x04"sv, "zip"},
       {"PAR1\x15"sv, "Parquet"},
       {"7z\xbc\xaf"sv, "7-Zip"}}};
  std::string begin(10, '\0');
  std::ifstream(path, std::ios::binary).read(begin.data(), 10);
  for (const auto& [mark, name] : kOthers) {
    if (begin.starts_with(mark)) return name;
  }
  return nullptr;
}

std::unique_ptr<TextLines::Bytes> open_bytes(const fs::path& path) {
  if (!fs::exists(path)) throw Damage{"there is no such file"};
  if (!fs::is_regular_file(path)) throw Damage{"it is not a regular file"};
  if (const char* other = other_format(path)) {
    throw Damage{
        fmt::format("it is a file of {}; text, gzip and zstd are read, so unpack it", other)};
  }
  if (is_zstd(path)) return std::make_unique<ZstdBytes>(path);
  return std::make_unique<GzipBytes>(path);
}

}  // namespace

TextLines::TextLines(const fs::path& path) : path_(path), buffer_(kBlock) {
  try {
    bytes_ = open_bytes(path);
  } catch (const Damage& damage) {
    throw Error(ExitCode::usage,
                fmt::format("{}: cannot be read: {}", path.string(), damage.reason));
  }
}

TextLines::~TextLines() = default;

std::string TextLines::place() const {
  return fmt::format("{}:{}", path_.string(), number_);
}

bool TextLines::fill() {
  try {
    rest_ = {buffer_.data(), bytes_->read(buffer_.data(), buffer_.size())};
  } catch (const Damage& damage) {
    throw Error(ExitCode::usage,
                fmt::format("{}: the file is damaged or cut short: {}", place(), damage.reason));
  }
  return !rest_.empty();
}

bool TextLines::next(std::string& line) {
  line.clear();
  ++number_;
  while (!rest_.empty() || fill()) {
    const std::size_t end = rest_.find('\n');
    line += rest_.substr(0, end);
    if (line.size() > kLongestLine) {
      throw Error(ExitCode::usage, place() + ": a line of more than 64 MiB");
    }
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    if (end == std::string_view::npos) continue;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    return true;
  }
  return !line.empty();
}

}  // namespace btx
