#include "base/text.hpp"
#include "cli/arguments/recipe_argument.hpp"
#include "cli/print.hpp"
#include "config/fields/field_docs.hpp"
#include "plugin/loader.hpp"
#include "plugin/registry.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace btx {
namespace {

Value to_value(const RegisteredComponent& component) {
  const auto& plugin = Registry::instance().plugin_of(component);
  Value value;
  value.set("kind", Value(component.entry.kind));
  value.set("name", Value(component.entry.name));
  value.set("version", Value(plugin.version));
  value.set("summary", Value(component.entry.summary));
  value.set("file", Value(plugin.path.string()));
  return value;
}

void list_json(const Registry& registry) {
  Array components;
  for (const auto& component : registry.components()) components.push_back(to_value(component));
  Array failed;
  for (const auto& plugin : registry.plugins()) {
    if (!plugin.error.empty()) failed.emplace_back(plugin.error);
  }
  Value json;
  json.set("abi", Value(abi_tag()));
  json.set("components", Value(std::move(components)));
  json.set("not_loaded", Value(std::move(failed)));
  print_value(json);
}

int list(const CommandLine& line) {
  open_plugins(line);
  const Registry& registry = Registry::instance();
  if (line.json) {
    list_json(registry);
    return 0;
  }
  print("ABI {}\n\n{:<24}{:<10}{:<48} {}\n", abi_tag(), "component", "version", "what", "file");
  for (const auto& component : registry.components()) {
    const auto& plugin = registry.plugin_of(component);
    print("{:<24}{:<10}{:<48} {}\n", component.entry.kind + ":" + component.entry.name,
          plugin.version, component.entry.summary, plugin.path.string());
  }
  for (const auto& plugin : registry.plugins()) {
    if (!plugin.error.empty()) print("not loaded: {}\n", plugin.error);
  }
  return 0;
}

void print_component(const RegisteredComponent& component) {
  const auto& plugin = Registry::instance().plugin_of(component);
  print("{}:{}  {}\n  plugin {} {}, {}\n", component.entry.kind, component.entry.name,
        component.entry.summary, plugin.name, plugin.version, plugin.path.string());
  FieldDocs docs;
  component.entry.visit(nullptr, docs);
  for (const auto& doc : docs.docs()) {
    print("  {:<20} {:<16} default {:<10} {}{}\n", doc.path, doc.type, doc.default_text, doc.help,
          doc.range.empty() ? "" : fmt::format(" ({})", doc.range));
  }
}

void print_component_json(const RegisteredComponent& component) {
  Value json = to_value(component);
  FieldDocs docs;
  component.entry.visit(nullptr, docs);
  json.set("params", to_value(docs.docs()));
  print_value(json);
}

int info(const CommandLine& line, const std::string& name) {
  open_plugins(line);
  const std::size_t colon = name.find(':');
  std::vector<std::string> known;
  bool found = false;
  for (const auto& component : Registry::instance().components()) {
    const auto& entry = component.entry;
    known.push_back(colon == std::string::npos ? entry.name : entry.kind + ":" + entry.name);
    const bool same = known.back() == name;
    if (!same) continue;
    line.json ? print_component_json(component) : print_component(component);
    found = true;
  }
  if (!found) {
    throw Error(ExitCode::plugin,
                fmt::format("no component is called '{}'{}", name, known_names(name, known)));
  }
  return 0;
}

}  // namespace

void add_plugin(Verb app, CommandLine& line) {
  Verb noun = app.add_noun("plugin", "The plugins: what is there, what it takes");
  noun.add_verb("ls", "List components, where they come from, and what did not load").runs([&line] {
    return list(line);
  });
  auto name = std::make_shared<std::string>();
  Verb verb = noun.add_verb("info", "Show a component's parameters");
  verb.add("NAME", *name, "A component: NAME or KIND:NAME").required();
  verb.runs([&line, name] { return info(line, *name); });
}

}  // namespace btx
