#pragma once
// Which processes run, from /proc.

#include "support.hpp"

#include <unistd.h>

#include <fstream>
#include <string>

namespace btx_test {

inline std::string first_line(const btx::fs::path& file) {
  std::string line;
  std::getline(std::ifstream(file), line);
  return line;
}

/// Whether any process that has not ended has `mark` in its name or its arguments.
inline bool runs(const std::string& mark) {
  for (const auto& entry : btx::fs::directory_iterator("/proc")) {
    const std::string status = first_line(entry.path() / "stat");
    const auto after_name = status.rfind(')');
    if (after_name == std::string::npos || status.compare(after_name + 2, 1, "Z") == 0) continue;
    if (contains(status.substr(0, after_name), mark)) return true;
    if (contains(first_line(entry.path() / "cmdline"), mark)) return true;
  }
  return false;
}

/// The same, once what was killed has had up to two seconds to be gone.
inline bool runs_on(const std::string& mark) {
  for (int i = 0; i < 100 && runs(mark); ++i) ::usleep(20000);
  return runs(mark);
}

}  // namespace btx_test
