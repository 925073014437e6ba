#include "pipeline/run_folder.hpp"

#include "base/files/leftovers.hpp"
#include "base/machine/threads.hpp"
#include "base/text.hpp"
#include "config/config.hpp"
#include "pipeline/stage_inputs.hpp"
#include "plugin/environment.hpp"

#include <btx/error.hpp>
#include <btx/log.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace btx {
namespace {

constexpr const char* kSettings = "surroundings.json";

fs::path request_file(const fs::path& run, const std::string& stage) {
  return stage_link(run, stage).string() + ".json";
}

/// The system takes any bytes for a path; the files of a run are JSON and TOML.
const std::string& checked_utf8(const std::string& text) {
  const std::size_t bad = find_invalid_utf8(text);
  if (bad == std::string::npos) return text;
  constexpr std::size_t kAround = 40;
  const std::size_t begin = bad - std::min(bad, kAround);
  throw Error(ExitCode::usage, fmt::format("a path or name is not UTF-8 text: '...{}...'; rename "
                                           "the file or folder",
                                           text.substr(begin, 2 * kAround)));
}

void write_json(const fs::path& file, const Value& value) {
  write_file(file, checked_utf8(to_json(value)) + "\n");
}

FileLock lock_run(const fs::path& folder) {
  checked_utf8(fs::absolute(folder).string());
  make_folder(folder);
  auto lock = FileLock::attempt(folder / ".lock");
  if (lock) return std::move(*lock);
  throw Error(ExitCode::usage,
              fmt::format("{} is in use by another process; wait for it, or give this run another "
                          "name: run.name=...",
                          folder.string()));
}

/// Renames a file or folder to the next free name, which it returns: resolved.toml ->
/// resolved.1.toml.
fs::path put_aside(const fs::path& file) {
  for (int number = 1;; ++number) {
    fs::path kept = file.parent_path() /
                    fmt::format("{}.{}{}", file.stem().string(), number, file.extension().string());
    if (fs::exists(kept)) continue;
    fs::rename(file, kept);
    return kept;
  }
}

/// Keeps what a file held before.
void keep_earlier(const fs::path& file, const std::string& next) {
  if (fs::exists(file) && read_file(file) != next) put_aside(file);
}

/// Whether this is the folder of an artifact with this key.
bool is_artifact(const fs::path& folder, const std::string& key) {
  try {
    return fs::exists(folder / kManifest) && read_manifest(folder).key == key;
  } catch (const Error&) {
    return false;
  }
}

/// A folder where a link belongs came with a copy that followed links; it may be the only one.
void keep_copy(const fs::path& name) {
  std::error_code unknown;
  if (!fs::is_directory(fs::symlink_status(name, unknown))) return;
  log(LogLevel::warning, fmt::format("{} was a folder and no link to the store; it is now {}",
                                     name.string(), put_aside(name).string()));
}

/// Links are for whoever looks into the folder: btx works without them.
void link(const fs::path& target, const fs::path& name) {
  std::error_code failure;
  fs::remove(name, failure);
  fs::create_directory_symlink(target, name, failure);
  if (!failure) return;
  log(LogLevel::info, fmt::format("no link {}: {}; the artifact is {}", name.string(),
                                  failure.message(), target.string()));
}

}  // namespace

RunFolder::RunFolder(const fs::path& path, const fs::path& recipe_file,
                     const std::vector<std::string>& overrides, const std::string& command)
    : path_(path), lock_(lock_run(path_)) {
  for (const auto& folder : {path_, path_ / "stages"}) remove_unfinished_files(folder);
  const std::string recipe = read_file(recipe_file);
  keep_earlier(path_ / "recipe.toml", recipe);
  write_file(path_ / "recipe.toml", recipe);
  std::string changes;
  for (const auto& change : overrides) changes += change + "\n";
  write_file(path_ / "overrides.txt", changes);
  write_file(path_ / "command.txt", command + "\n");
  write_json(path_ / "env.json", environment());
}

void RunFolder::write_requests(const std::string& resolved_toml, const RunSettings& settings,
                               const StageGraph& graph, const Store& store) {
  remove_unfinished_files(store.folder());
  keep_earlier(path_ / "resolved.toml", resolved_toml);
  write_file(path_ / "resolved.toml", resolved_toml);
  make_folder(path_ / "stages");
  write_json(path_ / "stages" / kSettings, write_config(settings));
  for (const auto& stage : graph.stages) {
    const StageRequest request = request_for(stage, graph, store);
    write_json(request_file(path_, stage.name), write_config(request));
    const fs::path name = stage_link(path_, stage.name);
    if (is_artifact(name, stage.key)) continue;  // its link, or a copy of it
    keep_copy(name);
    link(fs::absolute(store.artifact(stage)), name);
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

void RunFolder::copy_artifact(const fs::path& artifact, const std::string& name) const {
  make_folder(path_ / name);
  for (const auto& item : fs::directory_iterator(artifact)) {
    const fs::path file = item.path().filename();
    if (file != kManifest) write_file(path_ / name / file, read_file(item.path()));
  }
}

bool is_run_folder(const fs::path& folder) {
  return fs::exists(folder / "stages" / kSettings);
}

fs::path stage_link(const fs::path& run, const std::string& stage) {
  std::string name = stage;  // names cannot hold a '+', so no two stages share a file
  std::replace(name.begin(), name.end(), '/', '+');
  return run / "stages" / name;
}

fs::path stage_folder(const fs::path& run, const std::string& stage) {
  fs::path link = stage_link(run, stage);
  if (!fs::exists(request_file(run, stage))) return link;
  const StageRequest request = read_request(run, stage);
  if (is_artifact(link, request.key)) return link;
  return Store(fs::path(read_settings(run).store)).artifact(request.stage());
}

StageRequest read_request(const fs::path& run, const std::string& stage) {
  const fs::path file = request_file(run, stage);
  if (!fs::exists(file)) {
    throw Error(
        ExitCode::usage,
        fmt::format("{}: no stage '{}' there; 'btx run' writes run folders", run.string(), stage));
  }
  return read_config_file<StageRequest>(file);
}

RunSettings read_settings(const fs::path& run) {
  if (!is_run_folder(run)) {
    throw Error(ExitCode::usage,
                fmt::format("{} is not a run folder (it has no {})", run.string(), kSettings));
  }
  return read_config_file<RunSettings>(run / "stages" / kSettings);
}

void run_stage(const fs::path& run, const std::string& name,
               const std::function<const StageKind&(const std::string&)>& kind_of) {
  const StageRequest request = read_request(run, name);
  const RunSettings settings = read_settings(run);
  const Store store{fs::path(settings.store)};
  const Stage stage = request.stage();
  StageContext context;
  context.name = name;
  context.config = request.config;
  for (const auto& input : request.inputs) context.inputs.emplace_back(input.role, input.folder);
  for (const auto& place : request.places) context.places[place.role] = place.path;
  context.files = request.files;
  for (const auto& file : request.digests) context.digests[file.path] = file.digest;
  context.work = store.work(stage);
  context.run_folder = run;
  context.downloads = store.downloads();
  context.threads = threads_here(settings.threads);
  const StageKind& kind = kind_of(request.kind);
  const auto make = [&](const fs::path& folder) {
    const StageInputs inputs(request, kind);
    context.output = folder;
    auto computed = kind.run(context);
    inputs.check_unchanged();
    return computed;
  };
  store.produce(stage, request.input_artifacts(), make,
                kind.measured == nullptr ? "" : kind.measured);
}

}  // namespace btx
