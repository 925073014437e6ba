#include "plugin/environment.hpp"

#include "base/file.hpp"
#include "base/machine/gpus.hpp"
#include "base/machine/memory.hpp"
#include "base/program.hpp"
#include "plugin/loader.hpp"
#include "plugin/registry.hpp"

#include <sstream>
#include <thread>

namespace btx {
namespace {

std::string processor() {
  std::istringstream lines(read_file("/proc/cpuinfo"));
  std::string line;
  while (std::getline(lines, line)) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

}  // namespace

Value environment() {
  Value e;
  e.set("btx", Value(BTX_VERSION));
  e.set("abi", Value(abi_tag()));
  e.set("compiler", Value("g++ " __VERSION__));
  e.set("libtorch", Value(BTX_TORCH_VERSION));
  e.set("program", Value(program_path().string()));
  e.set("processor", Value(processor()));
  e.set("cores", Value(static_cast<std::int64_t>(std::thread::hardware_concurrency())));
  e.set("memory_bytes", Value(static_cast<std::int64_t>(available_memory())));
  Array cards;
  for (const auto& gpu : gpus()) {
    Value card;
    card.set("name", Value(gpu.name));
    card.set("memory_bytes", Value(static_cast<std::int64_t>(gpu.memory_bytes)));
    cards.push_back(std::move(card));
  }
  e.set("gpus", Value(std::move(cards)));
  if (const std::string version = driver_cuda_version(); !version.empty()) {
    e.set("driver_cuda", Value(version));
  }
  e.set("gpu_kernels", Value(cuda_module().string()));
  Array plugins;
  for (const auto& plugin : Registry::instance().plugins()) {
    Value row;
    row.set("name", Value(plugin.name));
    row.set("version", Value(plugin.version));
    row.set("file", Value(plugin.path.string()));
    row.set("digest", Value(plugin.digest));
    if (!plugin.error.empty()) row.set("error", Value(plugin.error));
    plugins.push_back(std::move(row));
  }
  e.set("plugins", Value(std::move(plugins)));
  return e;
}

}  // namespace btx
