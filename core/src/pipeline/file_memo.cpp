#include "pipeline/file_memo.hpp"

#include "base/hash.hpp"
#include "recipe/value.hpp"

#include <btx/error.hpp>
#include <btx/log.hpp>

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace btx {
namespace {

bool& verify_flag() {
  static bool verify = false;
  return verify;
}

std::string identity(const fs::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    throw Error(fmt::format("cannot read {}: {}", path.string(), std::strerror(errno)));
  }
  if (!S_ISREG(info.st_mode)) {
    throw Error(fmt::format("cannot read {}: not a regular file", path.string()));
  }
  return fmt::format("{} {} {}.{:09} {}", fs::absolute(path).string(), info.st_size,
                     info.st_mtim.tv_sec, info.st_mtim.tv_nsec, info.st_ino);
}

}  // namespace

FileMemo::FileMemo(const fs::path& file, bool keep) : file_(file), keep_(keep) {
  if (!fs::exists(file)) return;
  try {
    const Value memo = from_json(read_file(file), file.string());
    for (const auto& [key, value, source] : memo.as<Table>()) known_[key] = value.as<std::string>();
  } catch (const std::exception& error) {
    log(LogLevel::warning, fmt::format("{} is ignored: {}", file.string(), error.what()));
  }
}

FileMemo::~FileMemo() {
  if (!changed_ || !keep_ || !fs::is_directory(file_.parent_path())) return;
  try {
    Value memo;
    for (const auto& [key, value] : known_) memo.set(key, Value(value));
    write_file(file_, to_json(memo) + "\n");
  } catch (const std::exception& error) {
    log(LogLevel::warning, error.what());
  }
}

std::string FileMemo::digest(const fs::path& path) {
  const std::string key = identity(path);
  const auto found = known_.find(key);
  if (found != known_.end() && !verify_flag()) return found->second;
  changed_ = true;
  return known_[key] = digest_file(path);
}

void FileMemo::set_verify(bool verify) {
  verify_flag() = verify;
}

}  // namespace btx
