// btx runs: which runs there are, and how far each is.
#include "base/text.hpp"
#include "cli/cli.hpp"
#include "cli/print.hpp"
#include "pipeline/run_folder.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>

namespace btx {
namespace {

struct RunState {
  std::string name;
  fs::file_time_type changed;
  std::int64_t stages = 0, done = 0, failed = 0;
};

RunState state_of(const fs::path& run) {
  const fs::path file = run / "state.json";
  RunState state{run.filename().string(), fs::last_write_time(file)};
  const Value json = from_json(read_file(file), file.string());
  for (const auto& [name, stage, place] : json.at("stages").as<Table>()) {
    const auto& word = stage.at("state").as<std::string>();
    ++state.stages;
    if (word == "done") ++state.done;
    if (word == "failed") ++state.failed;
  }
  return state;
}

/// The runs in a folder, the one that changed last first.
std::vector<RunState> runs_in(const fs::path& folder) {
  std::vector<RunState> runs;
  for (const auto& item : fs::directory_iterator(folder)) {
    // A run that was refused before its first stage has no state.
    if (!is_run_folder(item.path()) || !fs::exists(item.path() / "state.json")) continue;
    runs.push_back(state_of(item.path()));
  }
  std::ranges::sort(runs, std::ranges::greater(), &RunState::changed);
  return runs;
}

std::string day_of(fs::file_time_type time) {
  const auto system = std::chrono::file_clock::to_sys(time);
  return fmt::format("{:%Y-%m-%d %H:%M}",
                     fmt::localtime(std::chrono::system_clock::to_time_t(system)));
}

void print_states_json(const std::vector<RunState>& runs) {
  Array rows;
  for (const auto& run : runs) {
    Value row;
    row.set("name", Value(run.name));
    row.set("changed", Value(day_of(run.changed)));
    row.set("stages", Value(run.stages));
    row.set("done", Value(run.done));
    row.set("failed", Value(run.failed));
    rows.push_back(std::move(row));
  }
  print_value(Value(std::move(rows)));
}

int list(const CommandLine& line, const std::string& folder) {
  if (!fs::is_directory(folder)) {
    throw Error(
        ExitCode::usage,
        fmt::format("{}: is not a folder; give the folder that holds the runs (run.dir)", folder));
  }
  const auto runs = runs_in(folder);
  if (line.json) {
    print_states_json(runs);
    return 0;
  }
  for (const auto& run : runs) {
    const std::string failed = run.failed == 0 ? "" : fmt::format(", {} failed", run.failed);
    print("{}  {:<30} {} of {} stages done{}\n", day_of(run.changed), run.name, run.done,
          run.stages, failed);
  }
  if (runs.empty()) print("no runs in {}\n", folder);
  return 0;
}

}  // namespace

void add_runs(Verb app, CommandLine& line) {
  auto folder = std::make_shared<std::string>("runs");
  Verb verb = app.add_verb("runs", "List the runs in a folder and how far each is");
  verb.add("DIR", *folder, "Where run folders are made (run.dir)").show_default();
  verb.runs([&line, folder] { return list(line, *folder); });
}

}  // namespace btx
