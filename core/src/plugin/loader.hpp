#pragma once
// Opens plugins: looks at the file, refuses what was built for another core, registers the rest.

#include <btx/export.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace btx {

/// Where plugins are looked for, in this order: `extra` (--plugin-path, and the recipe's
/// run.plugin_paths), BTX_PLUGIN_PATH (':' between folders), the program's own plugin folder.
/// Throws btx::Error (plugin) for one of `extra` that is not a folder.
BTX_EXPORT std::vector<std::filesystem::path> plugin_search_path(
    const std::vector<std::string>& extra);

/// Loads one plugin library into the registry. Opening the same file twice does nothing.
/// Throws btx::Error (plugin), with its own message for: no such file, not a shared library, not a
/// btx plugin, built for another core, an undefined symbol, a registration that threw, a name that
/// is taken.   [main]
BTX_EXPORT void load_plugin(const std::filesystem::path& library);

/// Loads every *.so of the folders, in order of name. A plugin that fails is logged once, kept in
/// the registry with its reason, and does not stop the others.   [main]
BTX_EXPORT void load_plugins(const std::vector<std::filesystem::path>& folders);

/// The tag this core was built with.
BTX_EXPORT std::string abi_tag();

}  // namespace btx
