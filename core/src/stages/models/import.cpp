#include "stages/models/import.hpp"

#include "checkpoint/gguf/gguf_model.hpp"
#include "checkpoint/gguf/gguf_parts.hpp"
#include "checkpoint/hf/hf_config.hpp"
#include "checkpoint/import_tokenizer.hpp"
#include "checkpoint/shard_index.hpp"
#include "checkpoint/side_files.hpp"
#include "checkpoint/tokenizer_files.hpp"
#include "mix/execute_plan.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

namespace btx {
namespace {

void import_folder(const fs::path& path, const fs::path& output) {
  const ModelFolder model(path);
  MixPlan plan;
  plan.config = model.config();
  for (const auto& tensor : model.tensors()) {
    plan.tensors.push_back(
        {{tensor.name, DType::float32, tensor.shape}, CopyOrigin{{0, tensor.name}}});
  }
  execute_plan(plan, {&model}, 0, output / "model.safetensors");
  write_file(output / "config.json", config_to_json(plan.config));
  // Side files go with the model's own tokenizer, which is kept or was seen to be this run's.
  if (fs::is_directory(path) && find_tokenizer(path)) copy_side_files(path, output);
}

/// A file that came since the run was planned would be read, too.
void check_planned(const fs::path& model, const StageContext& context) {
  for (const auto& file : import_files(model)) {
    if (context.digests.contains(file.string())) continue;
    throw Error(fmt::format("{} came since the run was planned; run again", file.string()));
  }
}

}  // namespace

std::vector<fs::path> import_files(const fs::path& model) {
  if (is_gguf(model)) return gguf_parts(model);
  std::vector<fs::path> files;
  for (const auto& item : fs::directory_iterator(model)) {
    const std::string file = item.path().filename().string();
    if (file == "config.json" || file == "tokenizer.json" || file == kShardIndex ||
        file.ends_with(".safetensors")) {
      files.push_back(item.path());
    }
  }
  for (const auto& file : side_files(model)) files.push_back(model / file);
  return files;
}

void run(const ImportWork& /*work*/, const StageContext& context) {
  const fs::path path = context.place("model");
  check_planned(path, context);
  if (is_gguf(path)) {
    const GgufModel model(path);
    write_safetensors(model, context.output / "model.safetensors");
    write_file(context.output / "config.json", config_to_json(model.config()));
  } else {
    import_folder(path, context.output);
  }
  if (!context.inputs.empty()) return copy_tokenizer(context.input("tokenizer"), context.output);
  const fs::path own = is_gguf(path) ? gguf_parts(path).front() : path;
  with_end_of(import_tokenizer(own), path).save(context.output);
}

}  // namespace btx
