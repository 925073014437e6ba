#include "base/interrupt.hpp"
#include "base/text.hpp"
#include "cli/arguments/recipe_argument.hpp"
#include "cli/prepare_run.hpp"
#include "cli/print.hpp"
#include "data/pack.hpp"
#include "pipeline/run_folder.hpp"
#include "pipeline/scheduler.hpp"
#include "stages/data/documents.hpp"
#include "stages/data/tokenizer.hpp"
#include "stages/data/tokens.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

namespace btx {
namespace {

struct PackOptions {
  RecipeArgument recipe;
  std::string output;
};

constexpr std::array<std::string_view, 3> kDataKinds = {DocumentsWork::kKind, TokenizerWork::kKind,
                                                        TokensWork::kKind};

/// The stages that prepare data, which come first in the graph.
StageGraph data_stages(const StageGraph& graph) {
  StageGraph data;
  for (const auto& stage : graph.stages) {
    if (std::ranges::find(kDataKinds, stage.kind) != kDataKinds.end()) {
      data.stages.push_back(stage);
    }
  }
  return data;
}

std::vector<PackedFile> files_of(const StageGraph& graph, const Store& store) {
  std::vector<PackedFile> files;
  for (const auto& stage : graph.stages) {
    for (const auto& item : fs::directory_iterator(store.artifact(stage))) {
      const std::string file = item.path().filename().string();
      const bool trained_on = file == "train.jsonl" || file == "dev.jsonl";
      if (file != kManifest && !trained_on) files.push_back({stage.name, file, item.path()});
    }
  }
  return files;
}

int pack(const CommandLine& line, const PackOptions& options) {
  catch_interrupts();
  const ResolvedRecipe resolved = options.recipe.resolve(line, MissingPackages::fetch);
  const Store store{fs::path(resolved.recipe.run.store)};
  make_folder(store.folder());
  RunFolder folder(run_path(resolved.recipe.run), options.recipe.file, options.recipe.overrides,
                   line.command);
  const StageGraph graph = plan_stages(resolved, {.verify = line.verify});
  write_requests(folder, resolved, graph, store);
  const StageGraph data = data_stages(graph);
  const ScheduleResult result = run_stages(data, store, folder, 1);
  if (result.interrupted) {
    throw Error(ExitCode::interrupted, "interrupted; the same command goes on from here");
  }
  if (!result.failed.empty()) throw Error("failed: " + join(result.failed));
  const auto size = write_pack(files_of(data, store), options.output);
  if (line.json) {
    Value json;
    json.set("file", Value(options.output));
    json.set("bytes", Value(static_cast<std::int64_t>(size)));
    print_value(json);
  } else {
    print("{}: {}; use it with run.pack={}\n", options.output,
          format_bytes(static_cast<double>(size)), options.output);
  }
  return 0;
}

}  // namespace

void add_data(Verb app, CommandLine& line) {
  Verb noun = app.add_noun("data", "Prepared data");
  auto options = std::make_shared<PackOptions>();
  Verb verb = noun.add_verb(
      "pack", "Prepare a recipe's data and put it into one file, for a machine that cannot");
  verb.add("--output", options->output, "The file to write").required();
  options->recipe.add_to(verb);
  verb.runs([&line, options] { return pack(line, *options); });
}

}  // namespace btx
