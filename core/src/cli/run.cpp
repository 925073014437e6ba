#include "base/text.hpp"
#include "cli/recipe_argument.hpp"
#include "pipeline/engine.hpp"
#include "pipeline/run_folder.hpp"
#include "pipeline/scheduler.hpp"

#include <btx/error.hpp>
#include <btx/log.hpp>

#include <fmt/format.h>

#include <chrono>
#include <memory>

namespace btx {
namespace {

struct RunOptions {
  RecipeArgument recipe;
  int jobs = 1;
};

void check_artifacts(const StageGraph& graph, const Store& store) {
  for (const auto& stage : graph.stages) {
    if (!store.has(stage)) continue;
    if (const auto damage = store.damage(stage)) {
      throw Error(fmt::format("{}: {}; remove {} to make it again", stage.name, *damage,
                              store.artifact(stage).string()));
    }
  }
}

void check_disk(const StageGraph& graph, const Store& store) {
  double needed = 0;
  for (const auto& stage : graph.stages) {
    if (!store.has(stage)) needed += stage.estimate.disk_bytes;
  }
  const auto free = static_cast<double>(free_disk_bytes(store.folder()));
  if (needed <= free) return;
  throw Error(
      fmt::format("the run needs about {} of disk in {}, {} are free; make room or set "
                  "run.store",
                  format_bytes(needed), store.folder().string(), format_bytes(free)));
}

/// Refuses before anything has run what would be refused when its turn comes.
void check_memory(const StageGraph& graph, const Store& store) {
  const auto available = static_cast<double>(available_memory());
  for (const auto& stage : graph.stages) {
    if (store.has(stage) || stage.estimate.memory_bytes <= available) continue;
    throw Error(fmt::format(
        "{}: needs about {} of memory, {} are free; make the model or "
        "train.micro_batch smaller",
        stage.name, format_bytes(stage.estimate.memory_bytes), format_bytes(available)));
  }
}

int finish(const ScheduleResult& result, const RunFolder& run, const StageGraph& graph,
           const Store& store, double seconds) {
  if (result.interrupted) {
    if (!result.failed.empty()) log(LogLevel::error, "failed: " + join(result.failed));
    log(LogLevel::warning, "interrupted; the same command goes on from here");
    return static_cast<int>(ExitCode::interrupted);
  }
  if (!result.failed.empty()) {
    std::string skipped = join(result.skipped);
    if (!skipped.empty()) skipped = "; not started: " + skipped;
    throw Error(fmt::format("failed: {}{}", join(result.failed), skipped));
  }
  const Stage& report = graph.find("report");
  run.copy_report(store.artifact(report));
  fmt::print("{}", read_file(store.artifact(report) / "report.txt"));
  if (result.made.empty()) {
    fmt::print("nothing to do: all {} stages were there ({})\n", graph.stages.size(),
               format_seconds(seconds));
  } else {
    fmt::print("made {} stages, reused {} ({})\n", result.made.size(), result.reused.size(),
               format_seconds(seconds));
  }
  fmt::print("report: {}\n", (run.path() / "report/report.html").string());
  return 0;
}

void log_misses(const StageGraph& graph, const Store& store) {
  for (const auto& stage : graph.stages) {
    if (store.has(stage)) continue;
    std::vector<std::string> keys;
    for (const auto& input : stage.inputs) keys.push_back(graph.find(input.stage).key);
    log(LogLevel::info, fmt::format("{}: {}", stage.name, explain_miss(store, stage, keys)));
  }
}

int run(const CommandLine& line, const RunOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const ResolvedRecipe resolved = options.recipe.resolve(line);
  const Store store{fs::path(resolved.recipe.run.store)};
  make_folder(store.folder());
  StageGraph graph = build_graph(resolved);
  RunFolder folder(resolved, options.recipe.file, options.recipe.overrides, line.command);
  if (line.verify) check_artifacts(graph, store);
  ScheduleResult result;
  for (bool first = true;; first = false) {
    check_disk(graph, store);
    check_memory(graph, store);
    folder.write_orders(resolved, graph, store);
    log_misses(graph, store);
    ScheduleResult part = run_stages(graph, store, folder, options.jobs);
    part.made.insert(part.made.begin(), result.made.begin(), result.made.end());
    if (!first) part.reused = result.reused;
    result = std::move(part);
    if (graph.deferred.empty() || result.interrupted || !result.failed.empty()) break;
    // What they are matched with has been measured now.
    graph = build_graph(resolved);
  }
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  return finish(result, folder, graph, store, spent.count());
}

}  // namespace

void add_run(CLI::App& app, CommandLine& line) {
  auto options = std::make_shared<RunOptions>();
  auto* verb = app.add_subcommand("run", "Run a recipe: all that is not done yet, then the report");
  options->recipe.add_to(*verb);
  verb->add_option("--jobs", options->jobs, "Stages side by side")->check(CLI::Range(1, 1024));
  verb->callback(
      [&line, options] { line.chosen = [&line, options] { return run(line, *options); }; });
}

}  // namespace btx
