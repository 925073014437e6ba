#include "pipeline/engine.hpp"

#include "base/file.hpp"

#include <btx/error.hpp>

#include <dlfcn.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <thread>

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

/// File pages and kernel memory that the system gives up when others need it.
std::uint64_t reclaimable(const fs::path& file) {
  std::error_code code;
  if (!fs::exists(file, code)) return 0;
  std::istringstream lines(read_file(file));
  std::uint64_t total = 0;
  std::string name;
  std::uint64_t bytes = 0;
  while (lines >> name >> bytes) {
    if (name == "inactive_file" || name == "slab_reclaimable") total += bytes;
  }
  return total;
}

/// The process's control group (version 2), "/" if there is none.
fs::path own_group() {
  std::error_code code;
  if (!fs::exists("/proc/self/cgroup", code)) return "/";
  std::istringstream lines(read_file("/proc/self/cgroup"));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("0::")) return line.substr(3);
  }
  return "/";
}

}  // namespace

int count_gpus() {
  void* driver = ::dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (driver == nullptr) return 0;
  const auto init = reinterpret_cast<int (*)(unsigned)>(::dlsym(driver, "cuInit"));
  const auto count = reinterpret_cast<int (*)(int*)>(::dlsym(driver, "cuDeviceGetCount"));
  int gpus = 0;
  if (init == nullptr || count == nullptr || init(0) != 0 || count(&gpus) != 0) return 0;
  return gpus;
}

std::uint64_t available_in_groups(const fs::path& root, const fs::path& group) {
  std::uint64_t available = UINT64_MAX;
  for (fs::path folder = root / group.relative_path();; folder = folder.parent_path()) {
    const std::uint64_t limit = read_number(folder / "memory.max");
    const std::uint64_t current = read_number(folder / "memory.current");
    if (limit != UINT64_MAX && current != UINT64_MAX) {
      const std::uint64_t used = current - std::min(current, reclaimable(folder / "memory.stat"));
      available = std::min(available, limit > used ? limit - used : 0);
    }
    if (folder == root || !folder.has_relative_path()) return available;
  }
}

std::uint64_t available_memory() {
  return std::min(memory_of_machine(), available_in_groups("/sys/fs/cgroup", own_group()));
}

EngineConfig resolve_engine(EngineConfig engine) {
  const int gpus = engine.device == "cpu" ? 0 : count_gpus();
  if (engine.device == "cuda" && gpus == 0) {
    throw Error(ExitCode::usage,
                "engine.device = \"cuda\": no GPU was found (is the NVIDIA driver installed?); use "
                "engine.device=cpu or auto");
  }
  if (engine.device == "auto") engine.device = gpus > 0 ? "cuda" : "cpu";
  if (engine.dtype == "auto") {
    const bool fast = engine.device == "cuda" || __builtin_cpu_supports("avx512bf16");
    engine.dtype = fast ? "bfloat16" : "float32";
  }
  if (engine.threads == 0) {
    engine.threads = std::max(1U, std::thread::hardware_concurrency());
  }
  return engine;
}

}  // namespace btx
