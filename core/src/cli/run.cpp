#include "base/interrupt.hpp"
#include "base/text.hpp"
#include "cli/print.hpp"
#include "cli/run_recipe.hpp"
#include "config/value_access.hpp"

#include <btx/error.hpp>
#include <btx/log.hpp>

#include <fmt/format.h>

#include <memory>

namespace btx {
namespace {

struct RunOptions {
  RecipeArgument recipe;
  int jobs = 1;
};

std::string outcome_json(const RunOutcome& run) {
  Value json;
  json.set("run", Value(run.folder.string()));
  json.set("made", to_value(run.stages.made));
  json.set("reused", to_value(run.stages.reused));
  json.set("seconds", Value(run.seconds));
  return to_json(json) + "\n";
}

int finish(const RunOutcome& run, bool json) {
  const ScheduleResult& stages = run.stages;
  if (stages.interrupted) {
    if (!stages.failed.empty()) log(LogLevel::error, "failed: " + join(stages.failed));
    log(LogLevel::warning, "interrupted; the same command goes on from here");
    return static_cast<int>(ExitCode::interrupted);
  }
  if (!stages.failed.empty()) throw Error(failure_text(stages));
  if (json) {
    print_text(outcome_json(run));
    return 0;
  }
  print_text(run.report);
  if (stages.made.empty()) {
    print("nothing to do: all {} stages were there ({})\n", run.count, format_seconds(run.seconds));
  } else {
    print("made {} stages, reused {} ({})\n", stages.made.size(), stages.reused.size(),
          format_seconds(run.seconds));
  }
  print("report: {}\n", (run.folder / "report/report.html").string());
  return 0;
}

int run(const CommandLine& line, const RunOptions& options) {
  catch_interrupts();
  const ResolvedRecipe resolved = options.recipe.resolve(line, MissingPackages::fetch);
  note_sweep(resolved);
  return finish(run_recipe(resolved, options.recipe, line, options.jobs), line.json);
}

}  // namespace

void add_run(Verb app, CommandLine& line) {
  auto options = std::make_shared<RunOptions>();
  Verb verb = app.add_verb("run", "Run a recipe: all that is not done yet, then the report");
  options->recipe.add_to(verb);
  add_unsafe_code(verb);
  verb.add("--jobs", options->jobs, "Stages side by side").in_range(1, 1024);
  verb.runs([&line, options] { return run(line, *options); });
}

}  // namespace btx
