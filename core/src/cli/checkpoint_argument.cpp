#include "cli/checkpoint_argument.hpp"

#include "base/text.hpp"
#include "checkpoint/gguf_model.hpp"
#include "checkpoint/gguf_tokenizer.hpp"
#include "checkpoint/hf_config.hpp"
#include "cli/recipe_argument.hpp"
#include "pipeline/packages.hpp"
#include "pipeline/ensemble_folder.hpp"
#include "pipeline/run_folder.hpp"
#include "pipeline/run_models.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

namespace btx {
namespace {

void unpack(const fs::path& path, const fs::path& folder) {
  const GgufModel model(path);
  const Tokenizer tokenizer = gguf_tokenizer(model.file());
  write_safetensors(model, folder / "model.safetensors");
  write_file(folder / "config.json", config_to_json(model.config(), false, 1));
  write_file(folder / tokenizer.file_name(), tokenizer.file_text());
}

}  // namespace

void CheckpointArgument::add_to(CLI::App& verb) {
  verb.add_option("PATH", path, "A checkpoint folder, a GGUF file, or a run folder with --model")
      ->required();
  verb.add_option("--model", model, "Of a run, as the report calls it: mixture, seed, ...");
}

fs::path CheckpointArgument::find(const CommandLine& line) const {
  if (!is_run_folder(path)) {
    if (!model.empty()) {
      throw Error(ExitCode::usage,
                  fmt::format("--model goes with a run folder, and {} is none", path));
    }
    if (!fs::exists(path)) {
      throw Error(
          ExitCode::usage,
          fmt::format("{}: there is no such file or folder; needs a folder with config.json, "
                      "a GGUF file, or a run folder",
                      path));
    }
    open_plugins(line);
    return path;
  }
  if (model.empty()) {
    std::vector<std::string> names;
    for (const auto& [name, stage] : run_models(path)) names.push_back(name);
    throw Error(ExitCode::usage, fmt::format("{} is a run; --model says which of its models: {}",
                                             path, join(names)));
  }
  const auto surroundings = RunFolder::read_surroundings(path);
  set_packages(surroundings.packages);
  open_plugins(line, surroundings.plugin_paths);
  return run_model_folder(path, model);
}

OpenCheckpoint CheckpointArgument::open(const CommandLine& line) const {
  OpenCheckpoint opened;
  opened.folder = find(line);
  if (is_gguf(opened.folder)) {
    opened.unpacked = std::make_unique<TemporaryFolder>();
    unpack(opened.folder, opened.unpacked->path());
    opened.folder = opened.unpacked->path();
    return opened;
  }
  if (!is_ensemble(opened.folder)) return opened;
  if (model.empty()) {
    throw Error(ExitCode::usage,
                fmt::format("{} is an ensemble, whose members lie elsewhere; give its run folder "
                            "and --model",
                            path));
  }
  for (const auto& member : read_ensemble(opened.folder).members) {
    opened.members.emplace_back(member.name, run_model_folder(path, member.name));
  }
  return opened;
}

}  // namespace btx
