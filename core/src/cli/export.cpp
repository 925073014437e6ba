#include "base/text.hpp"
#include "checkpoint/hf/hf_export.hpp"
#include "cli/arguments/checkpoint_argument.hpp"
#include "cli/print.hpp"
#include "config/quantity.hpp"
#include "eval/ensemble/ensemble_folder.hpp"
#include "pipeline/run_folder.hpp"
#include "stages/run_models.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <map>
#include <memory>

namespace btx {
namespace {

struct ExportArguments {
  CheckpointArgument checkpoint;
  std::string folder, dtype, shard_size = "5GB";
};

const std::map<std::string, DType> kDtypes = {
    {"float32", DType::float32}, {"float16", DType::float16}, {"bfloat16", DType::bfloat16}};

HfExport read_how(const ExportArguments& options) {
  HfExport how;
  if (!options.dtype.empty()) how.dtype = kDtypes.at(options.dtype);
  const auto bytes = parse_quantity(options.shard_size, Unit::bytes);
  if (!bytes || *bytes < 1) {
    throw Error(
        ExitCode::usage,
        fmt::format("--shard-size: needs bytes, as 5GB or 500MiB, got '{}'", options.shard_size));
  }
  how.shard_bytes = static_cast<std::uint64_t>(*bytes);
  return how;
}

void refuse_obstacles(const ModelFolder& model, const MixtralForm& form) {
  const auto reasons = export_obstacles(model, form);
  if (reasons.empty()) return;
  throw Error(ExitCode::usage,
              fmt::format("{}: transformers has no architecture that computes this model's logits: "
                          "{}. Exported as what there is, it would be another model",
                          model.path().string(), join(reasons, "; ")));
}

int export_model(const CommandLine& line, const ExportArguments& options) {
  const HfExport how = read_how(options);
  const OpenCheckpoint opened = options.checkpoint.open(line);
  const fs::path& checkpoint = opened.model;
  if (is_ensemble(checkpoint)) {
    throw Error(ExitCode::usage, fmt::format("{} is an ensemble, which no architecture of "
                                             "transformers is; export its members one by one",
                                             checkpoint.string()));
  }
  const ModelFolder model(checkpoint);
  const MixtralForm form = mixtral_form(model.config());
  refuse_obstacles(model, form);
  const HfExported done = export_hf(model, form, how, options.folder);
  if (line.json) {
    Value json;
    json.set("folder", Value(options.folder));
    json.set("architecture", Value(done.architecture));
    json.set("files", Value(static_cast<std::int64_t>(done.shards.files.size())));
    json.set("bytes", Value(static_cast<std::int64_t>(done.shards.bytes)));
    json.set("left_out", Value(done.left_out));
    print_value(json);
    return 0;
  }
  print("{}: {}, {} of tensors in {}\n", options.folder, done.architecture,
        format_bytes(static_cast<double>(done.shards.bytes)),
        done.shards.files.size() == 1 ? done.shards.files.front()
                                      : fmt::format("{} files", done.shards.files.size()));
  if (!done.left_out.empty()) print("left out: {}\n", done.left_out);
  return 0;
}

}  // namespace

void add_export(Verb app, CommandLine& line) {
  Verb noun = app.add_noun("export", "Write a model in another program's format");
  auto options = std::make_shared<ExportArguments>();
  Verb verb = noun.add_verb(
      "hf", "Write what transformers loads as LlamaForCausalLM or MixtralForCausalLM");
  options->checkpoint.add_to(verb);
  verb.add("DIR", options->folder, "The folder to write; must not be there, or be empty")
      .required();
  verb.add("--dtype", options->dtype, "float32, float16 or bfloat16; as it is stored")
      .one_of({"float32", "float16", "bfloat16"});
  verb.add("--shard-size", options->shard_size, "Bytes of tensors in a file, at most")
      .show_default();
  verb.runs([&line, options] { return export_model(line, *options); });
}

}  // namespace btx
