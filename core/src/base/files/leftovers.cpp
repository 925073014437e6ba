#include "base/files/leftovers.hpp"

#include <btx/error.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <string>

namespace btx {
namespace {

/// The process that writes NAME.tmpPID; 0 for another name.
pid_t writer_of(const std::string& name) {
  constexpr std::string_view kMark = ".tmp";
  const std::size_t mark = name.rfind(kMark);
  if (mark == std::string::npos) return 0;
  const std::string digits = name.substr(mark + kMark.size());
  constexpr std::size_t kLongestPid = 9;
  const bool number = !digits.empty() && digits.size() <= kLongestPid &&
                      std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
  return number ? static_cast<pid_t>(std::stol(digits)) : 0;
}

bool has_ended(pid_t pid) {
  return ::kill(pid, 0) != 0 && errno == ESRCH;
}

/// One that was made just now may not have its lock yet.
bool is_abandoned(const fs::path& folder) {
  std::error_code code;
  const auto age = fs::file_time_type::clock::now() - fs::last_write_time(folder, code);
  if (code || age < std::chrono::minutes(1)) return false;
  if (!fs::is_regular_file(fs::symlink_status(folder / kTemporaryLock, code))) return false;
  try {
    return FileLock::attempt(folder / kTemporaryLock).has_value();
  } catch (const Error&) {  // another user's
    return false;
  }
}

}  // namespace

void remove_unfinished_files(const fs::path& folder) {
  std::error_code ignored;
  for (const auto& item : fs::directory_iterator(folder, ignored)) {
    const pid_t writer = writer_of(item.path().filename().string());
    if (writer > 0 && has_ended(writer)) fs::remove(item.path(), ignored);
  }
}

void remove_temporary_folders(const fs::path& parent) {
  std::error_code ignored;
  for (const auto& item : fs::directory_iterator(parent, ignored)) {
    if (!item.path().filename().string().starts_with("btx-")) continue;
    if (is_abandoned(item.path())) fs::remove_all(item.path(), ignored);
  }
}

}  // namespace btx
