#include "plugin/registry.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <set>

namespace btx {

Registry& Registry::instance() {
  static auto* registry = new Registry;  // never destroyed: plugins are never unloaded
  return *registry;
}

const RegisteredComponent& Registry::find(const std::string& kind, const std::string& name) const {
  std::vector<std::string> known;
  for (const auto& component : components_) {
    if (component.entry.kind != kind) continue;
    if (component.entry.name == name) return component;
    known.push_back(component.entry.name);
  }
  const std::string none = plugins_.empty() ? "none (no plugin was found; see --plugin-path)"
                                            : "none (of the plugins found, see 'btx plugin ls')";
  std::string failed;
  for (const auto& plugin : plugins_) {
    if (!plugin.error.empty()) failed += fmt::format("\n  not loaded: {}", plugin.error);
  }
  throw Error(ExitCode::plugin,
              fmt::format("no {} is called '{}'{}{}", kind, name,
                          known.empty() ? "; known: " + none : known_names(name, known), failed));
}

void Registry::add(PluginRecord plugin, std::vector<ComponentEntry> entries) {
  std::set<std::pair<std::string, std::string>> own;
  for (const auto& entry : entries) {
    if (!own.emplace(entry.kind, entry.name).second) {
      throw Error(ExitCode::plugin, fmt::format("plugin {}: it registers {}:{} twice",
                                                plugin.path.string(), entry.kind, entry.name));
    }
    for (const auto& other : components_) {
      if (other.entry.kind != entry.kind || other.entry.name != entry.name) continue;
      throw Error(ExitCode::plugin,
                  fmt::format("plugin {}: {}:{} is already provided by {}; remove one of the two",
                              plugin.path.string(), entry.kind, entry.name,
                              plugin_of(other).path.string()));
    }
  }
  plugins_.push_back(std::move(plugin));
  for (auto& entry : entries) components_.push_back({std::move(entry), plugins_.size() - 1});
}

}  // namespace btx
