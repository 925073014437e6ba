#include "plan/file_memo.hpp"

#include "base/files/watched_file.hpp"
#include "config/sealed_json.hpp"

#include <btx/error.hpp>
#include <btx/log.hpp>

#include <fmt/format.h>

namespace btx {

FileMemo::FileMemo(const fs::path& file, FileMemoOptions options) : file_(file), options_(options) {
  if (!fs::exists(file)) return;
  try {
    const Value memo = read_sealed_json(file);
    for (const auto& [key, value, place] : memo.as<Table>()) known_[key] = value.as<std::string>();
  } catch (const std::exception& error) {
    log(LogLevel::warning, fmt::format("{} is ignored: {}", file.string(), error.what()));
  }
}

FileMemo::~FileMemo() {
  if (!changed_ || !options_.keep || !fs::is_directory(file_.parent_path())) return;
  try {
    Value memo;
    for (const auto& [key, value] : known_) memo.set(key, Value(value));
    write_sealed_json(file_, std::move(memo));
  } catch (const std::exception& error) {
    log(LogLevel::warning, error.what());
  }
}

std::string FileMemo::digest(const fs::path& path) {
  const auto found = known_.find(file_identity(path));
  if (found != known_.end() && !options_.verify) return found->second;
  const WatchedFile file(path);
  changed_ = true;
  return known_[file.identity()] = file.digest();
}

}  // namespace btx
