#include "plugin/loader.hpp"

#include "base/file.hpp"
#include "base/files/watched_file.hpp"
#include "base/program.hpp"
#include "base/sandbox.hpp"
#include "base/text.hpp"
#include "plugin/registry.hpp"

#define BOOST_DLL_USE_STD_FS
#include <fmt/format.h>
#include <boost/dll/library_info.hpp>
#include <boost/dll/shared_library.hpp>

#include <algorithm>
#include <cstdlib>
#include <set>

// The symbol that a plugin built for this core requires.
extern "C" BTX_EXPORT const char BTX_ABI_SYMBOL[] = BTX_ABI_TAG;

namespace btx {
namespace {

const std::string kEntry = "btx_plugin_v1";
const std::string kBuiltFor = "btx_built_for_";

[[noreturn]] void refuse(const fs::path& library, const std::string& why) {
  throw Error(ExitCode::plugin, fmt::format("plugin {}: {}", library.string(), why));
}

std::vector<std::string> exported_symbols(const fs::path& library) {
  try {
    return boost::dll::library_info(library).symbols();
  } catch (const std::exception&) {
    refuse(library, "not a shared library for this machine");
  }
}

// Reads the symbol table without running any of the plugin's code.
void check_tag(const fs::path& library) {
  const auto symbols = exported_symbols(library);
  if (std::find(symbols.begin(), symbols.end(), kEntry) == symbols.end()) {
    refuse(library, fmt::format("not a btx plugin: it does not export {} (see BTX_PLUGIN in "
                                "btx/plugin.hpp)",
                                kEntry));
  }
  for (const auto& symbol : symbols) {
    if (!symbol.starts_with(kBuiltFor)) continue;
    const std::string tag = symbol.substr(kBuiltFor.size());
    if (tag == abi_tag()) return;
    refuse(library, fmt::format("built for btx {}, this program is {}; rebuild the plugin against "
                                "this btx",
                                tag, abi_tag()));
  }
  refuse(library, "it does not say which btx it was built for; build it with btx_add_plugin()");
}

boost::dll::shared_library open_library(const fs::path& library) {
  seal_sandbox();
  try {
    namespace mode = boost::dll::load_mode;
    return boost::dll::shared_library(library, mode::rtld_now | mode::rtld_local);
  } catch (const std::exception& error) {
    std::string reason = error.what();  // "... failed (dlerror system message: FILE: reason): ..."
    const std::size_t file = reason.find(library.string() + ": ");
    if (file != std::string::npos) reason = reason.substr(file + library.string().size() + 2);
    for (const std::string_view end : {" [system:9]", ": Bad file descriptor", ")"}) {
      if (reason.ends_with(end)) reason.resize(reason.size() - end.size());
    }
    refuse(library, "cannot be opened: " + reason);
  }
}

class StagingRegistrar final : public Registrar {
 public:
  void add_entry(ComponentEntry entry) override { entries.push_back(std::move(entry)); }
  std::vector<ComponentEntry> entries;
};

std::vector<ComponentEntry> register_components(const fs::path& library, const PluginInfo& info) {
  StagingRegistrar registrar;
  try {
    info.register_components(registrar);
  } catch (const std::exception& error) {
    refuse(library, fmt::format("'{}' {} failed while registering: {}", info.name, info.version,
                                error.what()));
  } catch (...) {
    refuse(library,
           fmt::format("'{}' {} threw something while registering", info.name, info.version));
  }
  return std::move(registrar.entries);
}

// Handles are kept for the life of the process: objects, vtables and autograd nodes live in them.
std::vector<boost::dll::shared_library>& open_libraries() {
  static auto* libraries = new std::vector<boost::dll::shared_library>;
  return *libraries;
}

std::set<fs::path>& loaded_paths() {
  static auto* paths = new std::set<fs::path>;
  return *paths;
}

}  // namespace

std::string abi_tag() {
  return BTX_ABI_SYMBOL;
}

std::vector<fs::path> plugin_search_path(const std::vector<std::string>& extra) {
  std::vector<fs::path> folders(extra.begin(), extra.end());
  for (const auto& folder : folders) {
    if (fs::is_directory(folder)) continue;
    throw Error(ExitCode::plugin, fmt::format("plugin folder {}: no such folder; see --plugin-path "
                                              "and run.plugin_paths",
                                              folder.string()));
  }
  if (const char* variable = std::getenv("BTX_PLUGIN_PATH")) {
    std::string rest = variable;
    while (!rest.empty()) {
      const std::size_t colon = rest.find(':');
      if (colon != 0) folders.emplace_back(rest.substr(0, colon));
      rest = colon == std::string::npos ? "" : rest.substr(colon + 1);
    }
  }
  folders.push_back(program_plugin_folder());
  std::set<fs::path> known;
  std::erase_if(folders, [&](const fs::path& folder) {
    std::error_code ignored;
    return !known.insert(fs::weakly_canonical(folder, ignored)).second;
  });
  return folders;
}

void load_plugin(const fs::path& library) {
  std::error_code code;
  const fs::path path = fs::canonical(library, code);
  if (code) refuse(library, "no such file");
  if (loaded_paths().count(path) != 0) return;
  const WatchedFile file(path);  // refuses pipes, which would block, too
  check_tag(path);
  auto opened = open_library(path);
  const PluginInfo& info = *opened.get<const PluginInfo*()>(kEntry)();
  open_libraries().push_back(opened);
  auto components = register_components(path, info);
  file.check_unchanged();
  Registry::instance().add({path, info.name, info.version, file.digest(), ""},
                           std::move(components));
  loaded_paths().insert(path);
}

void load_plugins(const std::vector<fs::path>& folders) {
  for (const auto& folder : folders) {
    if (!fs::is_directory(folder)) continue;
    std::vector<fs::path> libraries;
    for (const auto& item : fs::directory_iterator(folder)) {
      if (item.path().extension() == ".so") libraries.push_back(item.path());
    }
    std::sort(libraries.begin(), libraries.end());
    for (const auto& library : libraries) {
      try {
        load_plugin(library);
      } catch (const Error& error) {
        log(LogLevel::warning, error.what());
        Registry::instance().add_failure({library, "", "", "", error.what()});
      }
    }
  }
}

}  // namespace btx
