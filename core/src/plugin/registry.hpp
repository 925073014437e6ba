#pragma once
// The components that are known, and the plugins they come from.

#include <btx/plugin.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace btx {

/// A plugin that was found, loaded or not.
struct PluginRecord {
  std::filesystem::path path;
  std::string name;  ///< empty when it could not be loaded
  std::string version;
  std::string digest;  ///< of the library file; part of cache keys
  std::string error;   ///< why it could not be loaded; empty when it was
};

/// A registered component.
struct RegisteredComponent {
  ComponentEntry entry;
  std::size_t plugin = 0;  ///< index into Registry::plugins()
};

/// Process-wide; filled by load_plugins() before other threads start, read-only afterwards.
class BTX_EXPORT Registry {
 public:
  static Registry& instance();

  /// The component, or btx::Error (plugin) listing the known names and plugins that failed to load.
  const RegisteredComponent& find(const std::string& kind, const std::string& name) const;
  const std::vector<RegisteredComponent>& components() const { return components_; }
  const std::vector<PluginRecord>& plugins() const { return plugins_; }
  const PluginRecord& plugin_of(const RegisteredComponent& component) const {
    return plugins_[component.plugin];
  }

  /// Adds a plugin and all its components, or none of them.
  /// Throws btx::Error (plugin) for a name that is taken, naming both libraries.
  void add(PluginRecord plugin, std::vector<ComponentEntry> entries);
  /// Remembers a plugin that could not be loaded.
  void add_failure(PluginRecord plugin) { plugins_.push_back(std::move(plugin)); }

 private:
  std::vector<RegisteredComponent> components_;
  std::vector<PluginRecord> plugins_;
};

}  // namespace btx
