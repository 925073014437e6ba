#include "cli/arguments/compare_argument.hpp"
#include "cli/print.hpp"

#include <fmt/format.h>

#include <memory>

namespace btx {
namespace {

struct CompareArguments {
  std::vector<std::string> runs;
  CompareOptions compare;
  std::string output;
};

int compare(const CommandLine& line, const CompareArguments& options) {
  compare_folders({options.runs.begin(), options.runs.end()}, options.compare, line,
                  options.output);
  return 0;
}

}  // namespace

void add_compare_options(Verb verb, CompareOptions& options) {
  verb.add("--baseline", options.baseline,
           "The model of the first run that the others are compared with; default: its first one");
  verb.add("--level", options.level, "Confidence level of intervals and verdicts")
      .between(0.5, 0.9999)
      .show_default();
}

void compare_folders(const std::vector<fs::path>& runs, const CompareOptions& options,
                     const CommandLine& line, const fs::path& output) {
  std::vector<ScoredRun> scored;
  for (const auto& run : runs) scored.push_back(read_scored_run(run));
  const RunComparison comparison = compare_runs(scored, options);
  const std::string json = to_json(to_value(comparison)) + "\n";
  if (!output.empty()) {
    make_folder(output);
    write_file(output / "compare.md", to_markdown(comparison));
    write_file(output / "compare.json", json);
  }
  print_text(line.json ? json : to_text(comparison));
}

void add_compare(Verb app, CommandLine& line) {
  auto options = std::make_shared<CompareArguments>();
  Verb verb = app.add_verb(
      "compare", "Compare the models of one or several runs with a baseline, with intervals");
  verb.add("RUN", options->runs, "Run folders; runs that differ in seeds alone are one").required();
  add_compare_options(verb, options->compare);
  verb.add("--output", options->output, "A folder for compare.md and compare.json");
  verb.runs([&line, options] { return compare(line, *options); });
}

}  // namespace btx
