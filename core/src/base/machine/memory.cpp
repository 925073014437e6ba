#include "base/machine/memory.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <string>
#include <vector>

namespace btx {
namespace {

std::uint64_t read_number(const fs::path& file) {
  try {
    return std::stoull(read_file(file));
  } catch (const std::exception&) {  // not there, or "max"
    return UINT64_MAX;
  }
}

std::uint64_t memory_of_machine() {
  std::istringstream lines(read_file("/proc/meminfo"));
  std::string name;
  std::uint64_t kib = 0;
  std::string unit;
  while (lines >> name >> kib) {
    std::getline(lines, unit);
    if (name == "MemAvailable:") return kib * 1024;
  }
  return UINT64_MAX;
}

/// What a version of control groups calls its numbers.
struct GroupFiles {
  const char* limit;
  const char* used;
  std::vector<std::string> given_up;  ///< in memory.stat: what the system takes when others need it
};

const std::array<GroupFiles, 2> kGroupFiles = {
    {{"memory.max", "memory.current", {"inactive_file", "slab_reclaimable"}},
     {"memory.limit_in_bytes", "memory.usage_in_bytes", {"total_inactive_file"}}}};

std::uint64_t reclaimable(const fs::path& file, const std::vector<std::string>& names) {
  std::error_code code;
  if (!fs::exists(file, code)) return 0;
  std::istringstream lines(read_file(file));
  std::uint64_t total = 0;
  std::string name;
  std::uint64_t bytes = 0;
  while (lines >> name >> bytes) {
    if (std::ranges::find(names, name) != names.end()) total += bytes;
  }
  return total;
}

/// Bytes that one group allows, by the version whose files it has.
std::uint64_t available_in_group(const fs::path& folder) {
  std::uint64_t available = UINT64_MAX;
  for (const auto& files : kGroupFiles) {
    const std::uint64_t limit = read_number(folder / files.limit);
    std::uint64_t used = read_number(folder / files.used);
    if (limit == UINT64_MAX || used == UINT64_MAX) continue;
    used -= std::min(used, reclaimable(folder / "memory.stat", files.given_up));
    available = std::min(available, limit > used ? limit - used : 0);
  }
  return available;
}

/// What is allowed by the group of a line of /proc/self/cgroup: "0::/group" (version 2) or
/// "4:cpu,memory:/group".
std::uint64_t available_by_line(const std::string& line) {
  const std::size_t first = line.find(':'), second = line.find(':', first + 1);
  if (second == std::string::npos) return UINT64_MAX;
  const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
  const std::string group = line.substr(second + 1);
  if (controllers == ",,") return available_in_groups("/sys/fs/cgroup", group);
  if (controllers.find(",memory,") == std::string::npos) return UINT64_MAX;
  return available_in_groups("/sys/fs/cgroup/memory", group);
}

}  // namespace

std::uint64_t available_in_groups(const fs::path& root, const fs::path& group) {
  std::uint64_t available = UINT64_MAX;
  for (fs::path folder = root / group.relative_path();; folder = folder.parent_path()) {
    available = std::min(available, available_in_group(folder));
    if (folder == root || !folder.has_relative_path()) return available;
  }
}

std::uint64_t available_memory() {
  std::uint64_t available = memory_of_machine();
  std::error_code code;
  if (!fs::exists("/proc/self/cgroup", code)) return available;
  std::istringstream lines(read_file("/proc/self/cgroup"));
  for (std::string line; std::getline(lines, line);) {
    available = std::min(available, available_by_line(line));
  }
  return available;
}

}  // namespace btx
