#include "recipe/sweep.hpp"
#include "cli/print.hpp"

#include "base/hash.hpp"
#include "base/interrupt.hpp"
#include "base/text.hpp"
#include "cli/arguments/compare_argument.hpp"
#include "cli/run_recipe.hpp"
#include "recipe/override.hpp"
#include "recipe/substitute.hpp"

#include <btx/error.hpp>
#include <btx/log.hpp>

#include <fmt/format.h>

#include <map>
#include <memory>
#include <set>

namespace btx {
namespace {

struct SweepArguments {
  RecipeArgument recipe;
  CompareOptions compare;
  int jobs = 1;
};

std::string assignment(const std::string& key, const std::string& text) {
  Value value(text);
  escape_env(value);
  return key + "=" + to_toml_inline(value);
}

/// The points, from the recipe's own [sweep] and the command line.
std::vector<SweepPoint> points_of(const RecipeArgument& argument) {
  std::vector<std::string> of_table;
  for (const auto& text : argument.overrides) {
    if (split_override(text).path.front() == "sweep") of_table.push_back(text);
  }
  Value tree = load_recipe(argument.file, of_table).tree;
  const Value* table = tree.find("sweep");
  Value sweep = table != nullptr && table->is<Table>() ? *table : Value{};
  escape_env(sweep);  // its values become changes, in which variables are replaced again
  return sweep_points(read_sweep_table(sweep), read_sweep_arguments(argument.overrides));
}

class Sweep {
 public:
  Sweep(const CommandLine& line, const SweepArguments& options)
      : line_(line), options_(options), points_(points_of(options.recipe)) {
    const RunConfig run = resolve(argument(points_.front())).recipe.run;
    folder_ = fs::path(run.dir) / (run.name + "-sweep");
    own_ = {assignment("run.dir", folder_.string()), assignment("run.store", run.store),
            "sweep={}"};
  }

  int go() {
    check_points();
    make_folder(folder_);
    const auto lock = FileLock::attempt(folder_ / ".lock");
    if (!lock) {
      throw Error(ExitCode::usage,
                  fmt::format("{} is in use by another process", folder_.string()));
    }
    for (std::size_t i = 0; i < points_.size(); ++i) {
      if (!run_point(i)) {
        log(LogLevel::warning, "interrupted; the same command goes on from here");
        return static_cast<int>(ExitCode::interrupted);
      }
    }
    return finish();
  }

 private:
  ResolvedRecipe resolve(const RecipeArgument& argument) const {
    return argument.resolve(line_, MissingPackages::fetch);
  }

  RecipeArgument argument(const SweepPoint& point) const {
    RecipeArgument argument{options_.recipe.file, point.changes};
    if (own_.empty()) return argument;
    argument.overrides.insert(argument.overrides.end(), own_.begin(), own_.end());
    argument.overrides.push_back(assignment("run.name", point.name));
    return argument;
  }

  /// Refuses before the first point what a later one would be refused for; says what is to be done.
  void check_points() const {
    std::map<std::string, std::string> recipes;
    std::set<std::string> stages;
    std::size_t all = 0, missing = 0;
    for (const auto& point : points_) {
      if (interrupted()) return;
      const ResolvedRecipe resolved = resolve(argument(point));
      Value tree = resolved.tree;
      tree.find("run")->erase("name");
      const auto [same, fresh] = recipes.emplace(digest(to_json(tree)), point.label);
      if (!fresh) {
        throw Error(ExitCode::usage,
                    fmt::format("the points {} and {} are the same recipe; one axis undoes another",
                                same->second, point.label));
      }
      const StageGraph graph = plan_stages(resolved, {.verify = line_.verify});
      const Store store{fs::path(resolved.recipe.run.store)};
      all += graph.stages.size();
      for (const auto& stage : graph.stages) {
        if (stages.insert(stage.key).second && !store.has(stage)) ++missing;
      }
    }
    log(LogLevel::info, fmt::format("{} points in {}: {} stages, {} of them different, {} to do",
                                    points_.size(), folder_.string(), all, stages.size(), missing));
  }

  /// Returns false when it was interrupted.
  bool run_point(std::size_t index) {
    const SweepPoint& point = points_[index];
    if (interrupted()) return false;
    log(LogLevel::info, fmt::format("point {} of {}: {}", index + 1, points_.size(), point.label));
    try {
      const RecipeArgument own = argument(point);
      const RunOutcome outcome = run_recipe(resolve(own), own, line_, options_.jobs);
      if (outcome.stages.interrupted) return false;
      if (!outcome.stages.failed.empty()) throw Error(failure_text(outcome.stages));
      done_.push_back(outcome.folder);
    } catch (const Error& error) {
      log(LogLevel::error, point.label + ": " + error.what());
      failed_.push_back(point.label);
    }
    return true;
  }

  int finish() const {
    if (!done_.empty()) {
      compare_folders(done_, options_.compare, line_, folder_);
      if (!line_.json) print("comparison: {}\n", (folder_ / "compare.md").string());
    }
    if (failed_.empty()) return 0;
    throw Error(fmt::format("{} of {} points failed: {}; the same command tries them again",
                            failed_.size(), points_.size(), join(failed_, "; ")));
  }

  const CommandLine& line_;
  const SweepArguments& options_;
  std::vector<SweepPoint> points_;
  fs::path folder_;
  std::vector<std::string> own_;  ///< changes that make a point a run of this sweep
  std::vector<fs::path> done_;
  std::vector<std::string> failed_;
};

}  // namespace

void add_sweep(Verb app, CommandLine& line) {
  auto options = std::make_shared<SweepArguments>();
  Verb verb = app.add_verb(
      "sweep", "Run a recipe once for each combination of values, then compare the runs");
  verb.add("RECIPE", options->recipe.file, "A recipe (TOML), with or without a [sweep]").required();
  verb.add("KEY=VALUES", options->recipe.overrides,
           "Axes: run.seed=1..5, router.type=top_k,switch; and changes, as for run");
  add_unsafe_code(verb);
  verb.add("--jobs", options->jobs, "Stages side by side").in_range(1, 1024);
  add_compare_options(verb, options->compare);
  verb.runs([&line, options] {
    catch_interrupts();
    return Sweep(line, *options).go();
  });
}

}  // namespace btx
