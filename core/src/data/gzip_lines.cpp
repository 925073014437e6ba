#include "data/gzip_lines.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace btx {
namespace {

constexpr std::size_t kLongest = std::size_t{64} << 20;

gzFile handle(void* file) {
  return static_cast<gzFile>(file);
}

}  // namespace

GzipLines::GzipLines(const fs::path& path) : path_(path), buffer_(std::size_t{1} << 16) {
  if (fs::is_regular_file(path)) file_ = gzopen(path.c_str(), "rb");
  if (file_ == nullptr) {
    throw Error(ExitCode::usage, fmt::format("{}: cannot be read: {}", path.string(),
                                             fs::is_regular_file(path) ? std::strerror(errno)
                                             : fs::exists(path)        ? "it is not a regular file"
                                                                       : "there is no such file"));
  }
}

GzipLines::~GzipLines() {
  gzclose(handle(file_));
}

std::string GzipLines::place() const {
  return fmt::format("{}:{}", path_.string(), number_);
}

bool GzipLines::fill() {
  const int count =
      gzread(handle(file_), buffer_.data(), static_cast<unsigned int>(buffer_.size()));
  rest_ = {buffer_.data(), static_cast<std::size_t>(std::max(count, 0))};
  if (count > 0) return true;
  int code = Z_OK;
  const char* what = gzerror(handle(file_), &code);
  if (code == Z_OK || code == Z_STREAM_END) return false;
  throw Error(ExitCode::usage, fmt::format("{}: the file is damaged or cut short: {}", place(),
                                           code == Z_BUF_ERROR ? "unexpected end of file" : what));
}

bool GzipLines::next(std::string& line) {
  line.clear();
  ++number_;
  while (!rest_.empty() || fill()) {
    const std::size_t end = rest_.find('\n');
    line += rest_.substr(0, end);
    if (line.size() > kLongest) {
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
