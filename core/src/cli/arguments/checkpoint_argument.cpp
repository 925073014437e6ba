#include "cli/arguments/checkpoint_argument.hpp"

#include "base/text.hpp"
#include "checkpoint/gguf/gguf_model.hpp"
#include "checkpoint/gguf/gguf_tokenizer.hpp"
#include "checkpoint/hf/hf_config.hpp"
#include "cli/arguments/recipe_argument.hpp"
#include "eval/ensemble/ensemble_folder.hpp"
#include "pipeline/run_folder.hpp"
#include "recipe/packages.hpp"
#include "stages/run_models.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

namespace btx {
namespace {

void unpack(const fs::path& path, const fs::path& folder) {
  const GgufModel model(path);
  const Tokenizer tokenizer = gguf_tokenizer(model.file());
  write_safetensors(model, folder / "model.safetensors");
  write_file(folder / "config.json", config_to_json(model.config()));
  tokenizer.save(folder);
}

}  // namespace

void CheckpointArgument::add_to(Verb verb) {
  verb.add("PATH", path, "A checkpoint folder, a GGUF file, or a run folder with --model")
      .required();
  verb.add("--model", model, "Of a run, as the report calls it: mixture, seed, ...");
}

fs::path CheckpointArgument::find(const CommandLine& line) const {
  if (!is_run_folder(path)) {
    if (!model.empty()) {
      throw Error(ExitCode::usage,
                  fmt::format("--model goes with a run folder, which {} is not", path));
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
  const RunSettings settings = read_settings(path);
  set_packages(settings.packages);
  open_plugins(line, settings.plugin_paths);
  return run_model_folder(path, model);
}

OpenCheckpoint CheckpointArgument::open(const CommandLine& line) const {
  OpenCheckpoint opened;
  opened.model = find(line);
  if (is_gguf(opened.model)) {
    opened.unpacked = std::make_unique<TemporaryFolder>();
    unpack(opened.model, opened.unpacked->path());
    opened.model = opened.unpacked->path();
    return opened;
  }
  if (!is_ensemble(opened.model)) return opened;
  if (model.empty()) {
    throw Error(ExitCode::usage,
                fmt::format("{} is an ensemble, whose members lie elsewhere; give its run folder "
                            "and --model",
                            path));
  }
  for (const auto& member : read_ensemble(opened.model).members) {
    opened.members.emplace_back(member.name, run_model_folder(path, member.name));
  }
  return opened;
}

}  // namespace btx
