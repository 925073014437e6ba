#include "cli/arguments/recipe_argument.hpp"

#include "base/program.hpp"
#include "plugin/loader.hpp"
#include "recipe/packages.hpp"

#include <btx/error.hpp>
#include <btx/log.hpp>

namespace btx {
namespace {

/// The recipe's own plugin folders, before the rest of it can be checked.
std::vector<std::string> plugin_paths_of(const Value& tree) {
  std::vector<std::string> paths;
  const Value* run = tree.find("run");
  const Value* given = run == nullptr ? nullptr : run->find("plugin_paths");
  if (given == nullptr || !given->is<Array>()) return paths;
  for (const auto& item : given->as<Array>()) {
    if (!item.is<std::string>()) continue;
    const fs::path folder = fs::path(item.place.file).parent_path();
    paths.push_back((item.place.line == 0 ? fs::path() : folder) / item.as<std::string>());
  }
  return paths;
}

/// Folders of --plugin-path become the recipe's first ones: stages are processes of their own, and
/// the resolved recipe is to give the same run.
void add_plugin_paths(Value& tree, const std::vector<std::string>& folders) {
  Value* run = tree.find("run");
  if (folders.empty() || run == nullptr || !run->is<Table>()) return;
  Array all;
  for (const auto& folder : folders) all.emplace_back(fs::absolute(folder).string());
  if (const Value* given = run->find("plugin_paths")) {
    if (!given->is<Array>()) return;
    for (const auto& item : given->as<Array>()) all.push_back(item);
  }
  run->set("plugin_paths", Value(std::move(all)));
}

}  // namespace

void RecipeArgument::add_to(Verb verb) {
  verb.add("RECIPE", file, "A recipe (TOML)").required();
  verb.add("KEY=VALUE", overrides,
           "Changes: run.seed=2, expert.math.train.tokens=5M, ~baseline.dense");
}

ResolvedRecipe RecipeArgument::resolve(const CommandLine& line, MissingPackages missing) const {
  LoadedRecipe loaded = load_recipe(file, overrides);
  add_plugin_paths(loaded.tree, line.plugin_paths);
  const auto packages = declare_packages(loaded.tree);
  open_plugins(line, plugin_paths_of(loaded.tree));
  ResolvedRecipe resolved = resolve_recipe(loaded);
  if (missing == MissingPackages::fetch) fetch_packages(packages);
  return resolved;
}

std::string paper_tasks_file() {
  return (program_recipe_folder() / "base/paper_tasks.toml").string();
}

void note_sweep(const ResolvedRecipe& resolved) {
  if (resolved.recipe.sweep.as<Table>().empty()) return;
  log(LogLevel::info,
      "the recipe has a [sweep]: this is the recipe without it; 'btx sweep' runs its points");
}

void open_plugins(const CommandLine& line, const std::vector<std::string>& more) {
  open_core();
  std::vector<std::string> folders = line.plugin_paths;
  folders.insert(folders.end(), more.begin(), more.end());
  load_plugins(plugin_search_path(folders));
}

}  // namespace btx
