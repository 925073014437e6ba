#include "base/program.hpp"

#include <btx/error.hpp>

#include <dlfcn.h>
#include <fmt/format.h>
#include <malloc.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace btx {
namespace fs = std::filesystem;
namespace {

// Also finds them for libraries that name them without a path.
bool open_global(const fs::path& library) {
  return ::dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL) != nullptr;
}

// CUDA's runtime libraries, which libtorch_cpu.so names even where there is no GPU, lie in one of
// these places beside a wheel's torch folder, or in the toolkit.
std::vector<fs::path> cuda_folders(const fs::path& torch) {
  return {torch.parent_path() / "nvidia/cu13/lib", "/usr/local/cuda/lib64",
          "/usr/local/cuda/extras/CUPTI/lib64", "/usr/local/cuda/lib"};
}

void open_from_folders(const std::string& name, const std::vector<fs::path>& folders) {
  for (const auto& folder : folders) {
    if (fs::exists(folder / name) && open_global(folder / name)) return;
  }
}

std::string python_torch() {
  FILE* pipe = ::popen(
      "python3 -c 'import importlib.util as u; s = u.find_spec(\"torch\"); "
      "print(s.submodule_search_locations[0] if s else \"\", end=\"\")' 2>/dev/null",
      "r");
  if (pipe == nullptr) return "";
  char buffer[4096];
  const std::size_t got = ::fread(buffer, 1, sizeof buffer, pipe);
  ::pclose(pipe);
  return {buffer, got};
}

bool open_torch(const fs::path& torch) {
  if (torch.empty() || !fs::exists(torch / "lib/libtorch_cpu.so")) return false;
  open_from_folders("libcudart.so.13", cuda_folders(torch));
  open_from_folders("libcupti.so.13", cuda_folders(torch));
  return open_global(torch / "lib/libc10.so") && open_global(torch / "lib/libtorch_cpu.so");
}

/// Opens LibTorch; its folder.
fs::path open_any_torch() {
  std::vector<fs::path> tried;
  const char* named = std::getenv("BTX_TORCH_DIR");
  for (int place = 0; place < 3; ++place) {
    fs::path torch = place == 0   ? fs::path(named == nullptr ? "" : named)
                     : place == 1 ? fs::path(BTX_TORCH_BUILD_DIR)
                                  : fs::path(python_torch());
    if (open_torch(torch)) return torch;
    if (!torch.empty()) tried.push_back(torch);
  }
  std::string places;
  for (const auto& torch : tried) places += "\n  " + torch.string();
  const char* reason = ::dlerror();
  throw Error(
      fmt::format("LibTorch 2.11.0 was not found; set BTX_TORCH_DIR to its folder. Tried:{}"
                  "{}{}",
                  places, reason == nullptr ? "" : "\n", reason == nullptr ? "" : reason));
}

}  // namespace

fs::path program_path() {
  return fs::read_symlink("/proc/self/exe");
}

fs::path program_plugin_folder() {
  const fs::path folder = program_path().parent_path();
  for (const fs::path& base : {folder, folder.parent_path()}) {
    if (fs::is_directory(base / "plugins") && !fs::exists(base / "CMakeLists.txt")) {
      return base / "plugins";
    }
  }
  return folder.parent_path() / "lib/btx/plugins";
}

fs::path program_recipe_folder() {
  const fs::path base = program_path().parent_path().parent_path();
  const fs::path installed = base / "share/btx/recipes";
  return fs::is_directory(installed) ? installed : base / "recipes";
}

namespace {

/// Where the library with this code lies.
fs::path own_folder() {
  Dl_info self{};
  ::dladdr(reinterpret_cast<const void*>(&open_core), &self);
  return fs::path(self.dli_fname).parent_path();
}

struct OpenCore {
  fs::path torch;
  void* library;
};

OpenCore open_library() {
  // Threads that wait spin for microseconds, not milliseconds: with other work on the machine (or
  // --jobs) spinning threads keep each other from the cores, and a step takes ten times as long.
  ::setenv("GOMP_SPINCOUNT", "10000", /*overwrite=*/0);
  keep_freed_memory();
  fs::path torch = open_any_torch();
  const fs::path library = own_folder() / "libbtx_core.so";
  void* opened = ::dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (opened == nullptr) {
    throw Error(fmt::format("cannot open {}: {}", library.string(), ::dlerror()));
  }
  return {std::move(torch), opened};
}

const OpenCore& core_library() {
  static const OpenCore opened = open_library();
  return opened;
}

}  // namespace

void keep_freed_memory() {
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the most that glibc takes
  ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
}

void open_core() {
  core_library();
}

const fs::path& torch_folder() {
  return core_library().torch;
}

fs::path cuda_module() {
  if (const char* named = std::getenv("BTX_CUDA_MODULE")) {
    if (fs::is_regular_file(named)) return fs::absolute(named);
    throw Error(ExitCode::usage,
                fmt::format("BTX_CUDA_MODULE={}: there is no such file; name a libbtx_cuda.so, or "
                            "unset it",
                            named));
  }
  const fs::path library = own_folder() / "libbtx_cuda.so";
  return fs::exists(library) ? library : fs::path();
}

void* core_symbol(const char* name) {
  void* symbol = ::dlsym(core_library().library, name);
  if (symbol == nullptr)
    throw Error(fmt::format("libbtx_core.so is of another build: {}", ::dlerror()));
  return symbol;
}

}  // namespace btx
