#include "eval/gzip_lines.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace btx {
namespace {

constexpr std::size_t kLongest = std::size_t{64} << 20;

gzFile handle(void* file) {
  return static_cast<gzFile>(file);
}

}  // namespace

GzipLines::GzipLines(const fs::path& path) : path_(path), file_(nullptr) {
  if (fs::is_regular_file(path)) file_ = gzopen(path.c_str(), "rb");
  if (file_ == nullptr) {
    throw Error(ExitCode::usage, fmt::format("{}: cannot be read: {}", path.string(),
                                             fs::is_regular_file(path) ? std::strerror(errno)
                                             : fs::exists(path)        ? "it is no regular file"
                                                                       : "there is no such file"));
  }
}

GzipLines::~GzipLines() {
  gzclose(handle(file_));
}

std::string GzipLines::place() const {
  return fmt::format("{}:{}", path_.string(), number_);
}

bool GzipLines::next(std::string& line) {
  line.clear();
  std::array<char, 1 << 16> buffer{};
  ++number_;
  while (gzgets(handle(file_), buffer.data(), static_cast<int>(buffer.size())) != nullptr) {
    line += buffer.data();
    if (line.size() > kLongest) {
      throw Error(ExitCode::usage, place() + ": a line of more than 64 MiB");
    }
    if (!line.empty() && line.back() == '\n') {
      line.pop_back();
      if (!line.empty() && line.back() == '\r') line.pop_back();
      return true;
    }
  }
  int code = Z_OK;
  const char* what = gzerror(handle(file_), &code);
  if (code != Z_OK && code != Z_STREAM_END) {
    throw Error(ExitCode::usage,
                fmt::format("{}: the file is damaged or cut short: {}", place(),
                            code == Z_BUF_ERROR ? "unexpected end of file" : what));
  }
  return !line.empty();
}

}  // namespace btx
