#include "cli/arguments/recipe_argument.hpp"
#include "cli/print.hpp"
#include "config/fields/field_docs.hpp"
#include "config/leaves.hpp"
#include "plan/check/check_held_out.hpp"
#include "plan/plan_sets.hpp"
#include "recipe/substitute.hpp"
#include "recipe/sweep.hpp"

#include <fmt/format.h>

#include <memory>

namespace btx {
namespace {

struct ConfigOptions {
  RecipeArgument recipe;
  bool schema = false;
};

/// "train.lr = 0.001    # recipes/quickstart.toml:12:6", a line a value.
void print_leaves(const Value& tree) {
  for (const auto& [path, value] : leaves_of(tree)) {
    const std::string text = fmt::format("{} = {}", path, to_toml_inline(*value));
    print("{:<60}  # {}\n", text, value->place.file.empty() ? "default" : value->place.str());
  }
}

int config(const CommandLine& line, const ConfigOptions& options) {
  Value tree = options.recipe.resolve(line).tree;
  if (line.json) {
    print_value(tree);
  } else {
    escape_env(tree);
    print_leaves(tree);
  }
  return 0;
}

int print_schema(bool json) {
  FieldDocs docs;
  Fields fields(docs);
  Recipe recipe;
  recipe.fields(fields);
  if (json) print_value(to_value(docs.docs()));
  for (const auto& doc : json ? std::vector<FieldDoc>{} : docs.docs()) {
    print("{:<36} {:<18} {:<12} {}{}\n", doc.path, doc.type, doc.default_text, doc.help,
          doc.range.empty() ? "" : fmt::format(" ({})", doc.range));
  }
  return 0;
}

/// Every point of the recipe's own [sweep] is a recipe that can be planned.
void check_sweep(const RecipeArgument& argument, const ResolvedRecipe& resolved,
                 const CommandLine& line) {
  Value sweep = resolved.recipe.sweep;
  if (sweep.as<Table>().empty()) return;
  escape_env(sweep);  // its values become changes, in which variables are replaced again
  for (const auto& point : sweep_points(read_sweep_table(sweep), {})) {
    RecipeArgument of_point = argument;
    of_point.overrides.insert(of_point.overrides.end(), point.changes.begin(), point.changes.end());
    plan_stages(of_point.resolve(line), {PlanUse::check, line.verify});
  }
}

}  // namespace

void add_config(Verb app, CommandLine& line) {
  auto options = std::make_shared<ConfigOptions>();
  Verb verb = app.add_verb("config", "Show the resolved recipe and where each value came from");
  verb.add("RECIPE", options->recipe.file, "A recipe (TOML)");
  verb.add("KEY=VALUE", options->recipe.overrides, "Changes, as for run");
  verb.add("--schema", options->schema, "Show every key a recipe can have instead");
  verb.runs([&line, options] {
    if (options->schema) return print_schema(line.json);
    if (options->recipe.file.empty()) {
      throw Error(ExitCode::usage,
                  "RECIPE (or --schema) is required; 'btx config --help' shows what it takes");
    }
    return config(line, *options);
  });
}

void add_validate(Verb app, CommandLine& line) {
  auto argument = std::make_shared<RecipeArgument>();
  Verb verb = app.add_verb("validate", "Check a recipe, its plugins and its files");
  argument->add_to(verb);
  add_unsafe_code(verb);
  verb.runs([&line, argument] {
    const ResolvedRecipe resolved = argument->resolve(line);
    const StageGraph graph = plan_stages(resolved, {PlanUse::check, line.verify});
    check_sets(resolved.recipe.eval, graph.context);
    check_sweep(*argument, resolved, line);
    check_held_out(resolved, graph, Store{fs::path(resolved.recipe.run.store)});
    const std::size_t stages = graph.stages.size();
    if (line.json) {
      Value json;
      json.set("recipe", Value(argument->file));
      json.set("stages", Value(static_cast<std::int64_t>(stages)));
      print_value(json);
    } else {
      print("{}: good, {} stages\n", argument->file, stages);
    }
    return 0;
  });
}

}  // namespace btx
