#include "pipeline/run_folder.hpp"

#include "base/program.hpp"
#include "pipeline/environment.hpp"
#include "recipe/substitute.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace btx {
namespace {

/// "expert/code" -> "expert+code": names cannot hold a '+', so no two stages share a file.
std::string file_name(const std::string& stage) {
  std::string name = stage;
  std::replace(name.begin(), name.end(), '/', '+');
  return name;
}

FileLock lock_run(const fs::path& folder) {
  make_folder(folder);
  auto lock = FileLock::attempt(folder / ".lock");
  if (lock) return std::move(*lock);
  throw Error(ExitCode::usage,
              fmt::format("{} is in use by another process; wait for it, or give this run another "
                          "name: run.name=...",
                          folder.string()));
}

/// Keeps what a file held before under the next free name: resolved.toml -> resolved.1.toml.
void keep_earlier(const fs::path& file, const std::string& next) {
  if (!fs::exists(file) || read_file(file) == next) return;
  for (int number = 1;; ++number) {
    const fs::path kept = file.parent_path() / fmt::format("{}.{}{}", file.stem().string(), number,
                                                           file.extension().string());
    if (fs::exists(kept)) continue;
    fs::rename(file, kept);
    return;
  }
}

Value component_value(const UsedComponent& c) {
  Value value;
  value.set("kind", Value(c.kind));
  value.set("name", Value(c.name));
  value.set("version", Value(c.version));
  value.set("digest", Value(c.digest));
  return value;
}

Value order_value(const Stage& stage, const StageGraph& graph, const Store& store) {
  Array inputs;
  for (const auto& input : stage.inputs) {
    const Stage& other = graph.find(input.stage);
    Value value;
    value.set("role", Value(input.role));
    value.set("stage", Value(input.stage));
    value.set("key", Value(other.key));
    value.set("folder", Value(fs::absolute(store.artifact(other)).string()));
    inputs.push_back(std::move(value));
  }
  Array components;
  for (const auto& component : stage.components) components.push_back(component_value(component));
  Array files;
  for (const auto& file : stage.files) files.emplace_back(file);
  Value order;
  order.set("name", Value(stage.name));
  order.set("kind", Value(stage.kind));
  order.set("key", Value(stage.key));
  order.set("config", stage.config);
  order.set("inputs", Value(std::move(inputs)));
  order.set("components", Value(std::move(components)));
  order.set("files", Value(std::move(files)));
  return order;
}

std::string text(const Value& value, const char* key) {
  return value.at(key).as<std::string>();
}

StageOrder order_from(const Value& value) {
  StageOrder order;
  order.stage.name = text(value, "name");
  order.stage.kind = text(value, "kind");
  order.stage.key = text(value, "key");
  order.stage.config = value.at("config");
  for (const auto& input : value.at("inputs").as<Array>()) {
    order.stage.inputs.push_back({text(input, "role"), text(input, "stage")});
    order.input_keys.push_back(text(input, "key"));
    order.input_folders.emplace_back(text(input, "folder"));
  }
  for (const auto& c : value.at("components").as<Array>()) {
    order.stage.components.push_back(
        {text(c, "kind"), text(c, "name"), text(c, "version"), text(c, "digest")});
  }
  for (const auto& file : value.at("files").as<Array>()) {
    order.stage.files.push_back(file.as<std::string>());
  }
  return order;
}

Value packages_value() {
  Array packages;
  for (const auto& package : known_packages()) {
    Value value;
    value.set("name", Value(package.name));
    value.set("requirement", Value(package.requirement));
    value.set("folder", Value(fs::absolute(package.folder).string()));
    packages.push_back(std::move(value));
  }
  return Value(std::move(packages));
}

std::vector<PackageFolder> packages_from(const Value& value) {
  std::vector<PackageFolder> packages;
  for (const auto& p : value.as<Array>()) {
    packages.push_back({text(p, "name"), text(p, "requirement"), text(p, "folder")});
  }
  return packages;
}

void link(const fs::path& target, const fs::path& name) {
  std::error_code ignored;
  fs::remove(name, ignored);
  fs::create_directory_symlink(target, name, ignored);
}

}  // namespace

RunFolder::RunFolder(const ResolvedRecipe& resolved, const fs::path& recipe_file,
                     const std::vector<std::string>& overrides, const std::string& command)
    : path_(fs::path(resolved.recipe.run.dir) / resolved.recipe.run.name), lock_(lock_run(path_)) {
  const std::string recipe = read_file(recipe_file);
  keep_earlier(path_ / "recipe.toml", recipe);
  write_file(path_ / "recipe.toml", recipe);
  std::string changes;
  for (const auto& change : overrides) changes += change + "\n";
  write_file(path_ / "overrides.txt", changes);
  write_file(path_ / "command.txt", command + "\n");
  write_file(path_ / "env.json", to_json(environment()) + "\n");
}

void RunFolder::write_orders(const ResolvedRecipe& resolved, const StageGraph& graph,
                             const Store& store) {
  Value tree = resolved.tree;
  escape_env(tree);
  const std::string toml = to_toml(tree);
  keep_earlier(path_ / "resolved.toml", toml);
  write_file(path_ / "resolved.toml", toml);
  make_folder(path_ / "stages");
  Array paths;
  for (const auto& path : resolved.recipe.run.plugin_paths) paths.emplace_back(path);
  Value surroundings;
  surroundings.set("store", Value(fs::absolute(store.folder()).string()));
  surroundings.set("plugin_paths", Value(std::move(paths)));
  surroundings.set("packages", packages_value());
  surroundings.set("threads", Value(resolved.recipe.engine.threads));
  write_file(path_ / "stages" / "surroundings.json", to_json(surroundings) + "\n");
  for (const auto& stage : graph.stages) {
    const fs::path base = path_ / "stages" / file_name(stage.name);
    write_file(base.string() + ".json", to_json(order_value(stage, graph, store)) + "\n");
    link(fs::absolute(store.artifact(stage)), base);
  }
}

void RunFolder::write_state(const StageGraph& graph,
                            const std::map<std::string, std::string>& states) const {
  Value stages;
  for (const auto& stage : graph.stages) {
    Value row;
    row.set("state", Value(states.at(stage.name)));
    row.set("key", Value(stage.key));
    stages.set(stage.name, std::move(row));
  }
  Value state;
  state.set("stages", std::move(stages));
  write_file(path_ / "state.json", to_json(state) + "\n");
}

void RunFolder::copy_report(const fs::path& artifact) const {
  make_folder(path_ / "report");
  for (const char* name : {"report.md", "report.html", "report.json"}) {
    write_file(path_ / "report" / name, read_file(artifact / name));
  }
}

StageOrder RunFolder::read_order(const fs::path& run, const std::string& stage) {
  const fs::path file = run / "stages" / (file_name(stage) + ".json");
  if (!fs::exists(file)) {
    throw Error(
        ExitCode::usage,
        fmt::format("{}: no stage '{}' there; 'btx run' writes run folders", run.string(), stage));
  }
  return order_from(from_json(read_file(file), file.string()));
}

RunFolder::Surroundings RunFolder::read_surroundings(const fs::path& run) {
  const fs::path file = run / "stages" / "surroundings.json";
  if (!fs::exists(file)) {
    throw Error(ExitCode::usage, fmt::format("{} is no run folder of btx", run.string()));
  }
  const Value value = from_json(read_file(file), file.string());
  Surroundings surroundings;
  surroundings.store = text(value, "store");
  for (const auto& path : value.at("plugin_paths").as<Array>()) {
    surroundings.plugin_paths.push_back(path.as<std::string>());
  }
  // A run of an earlier version has none.
  if (const Value* packages = value.find("packages")) {
    surroundings.packages = packages_from(*packages);
  }
  surroundings.threads = value.at("threads").as<std::int64_t>();
  return surroundings;
}

void run_stage(const fs::path& run, const std::string& name) {
  const StageOrder order = RunFolder::read_order(run, name);
  const auto surroundings = RunFolder::read_surroundings(run);
  const Store store{fs::path(surroundings.store)};
  StageContext context;
  context.name = name;
  context.kind = order.stage.kind;
  context.config = order.stage.config;
  for (std::size_t i = 0; i < order.stage.inputs.size(); ++i) {
    context.inputs.emplace_back(order.stage.inputs[i].role, order.input_folders[i]);
  }
  context.work = store.work(order.stage);
  context.run_folder = run;
  context.downloads = store.downloads();
  context.threads = static_cast<int>(surroundings.threads);
  store.produce(order.stage, order.input_keys, [&](const fs::path& folder) {
    context.output = folder;
    stage_functions().at(context.kind)(context);
  });
}

}  // namespace btx
