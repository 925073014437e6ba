// btx eval: the evaluation sets of a recipe on one model.
#include "base/interrupt.hpp"
#include "base/temporary_folder.hpp"
#include "base/text.hpp"
#include "cli/checkpoint_argument.hpp"
#include "cli/recipe_argument.hpp"
#include "pipeline/engine.hpp"
#include "pipeline/evaluation_sets.hpp"
#include "pipeline/packages.hpp"
#include "pipeline/stage_context.hpp"
#include "recipe/config.hpp"
#include "recipe/load.hpp"
#include "report/set_scores.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace btx {
namespace {

struct Options {
  CheckpointArgument checkpoint;
  std::string sets;
  std::vector<std::string> only, overrides;
  std::string out;
};

/// [eval] and [engine] of a recipe or of a part of one; the rest is for 'btx run'.
struct EvalPart {
  EngineConfig engine;
  EvalConfig eval;
};

std::string name_of(const Value& set) {
  const Value* name = set.is<Table>() ? set.find("name") : nullptr;
  return name != nullptr && name->is<std::string>() ? name->as<std::string>() : "";
}

/// Of the sets those that --only names; the packages of the others need not be there.
void keep_only(Value& tree, const std::vector<std::string>& only) {
  Value* eval = tree.find("eval");
  Value* sets = eval != nullptr && eval->is<Table>() ? eval->find("set") : nullptr;
  if (only.empty() || sets == nullptr || !sets->is<Array>()) return;
  std::vector<std::string> names;
  for (const auto& set : sets->as<Array>()) names.push_back(name_of(set));
  for (const auto& name : only) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    const std::string hint = did_you_mean(name, names);
    throw Error(ExitCode::usage, fmt::format("--only: no evaluation set is called '{}'{} known: {}",
                                             name, hint.empty() ? ";" : hint, join(names)));
  }
  std::erase_if(sets->as<Array>(), [&](const Value& set) {
    return std::find(only.begin(), only.end(), name_of(set)) == only.end();
  });
}

EvalPart read_part(const Options& options) {
  const std::string file = options.sets.empty() ? paper_tasks_file() : options.sets;
  Value tree = load_recipe(file, options.overrides).tree;
  keep_only(tree, options.only);
  const auto packages = declare_packages(tree);
  EvalPart part;
  if (const Value* engine = tree.find("engine")) {
    part.engine = read_config<EngineConfig>(*engine, "[engine]");
  }
  if (const Value* eval = tree.find("eval")) part.eval = read_config<EvalConfig>(*eval, "[eval]");
  if (part.eval.set.empty()) {
    throw Error(ExitCode::usage,
                fmt::format("{}: has no evaluation set; needs [[eval.set]]", file));
  }
  // What is scored once may take longer and be the same on every processor.
  const bool open = part.engine.dtype == "auto";
  part.engine = resolve_engine(part.engine);
  if (open && part.engine.device == "cpu") part.engine.dtype = "float32";
  resolve_sets(part.eval, tree, {});
  fetch_packages(packages);
  return part;
}

StageContext context_of(const EvalPart& part, const OpenCheckpoint& checkpoint,
                        const fs::path& output) {
  StageContext context;
  context.name = context.kind = "evaluate";
  context.config.set("engine", write_config(part.engine));
  context.config.set("domains", Value(Array{}));
  context.config.set("tasks", Value(Table{}));
  context.config.set("sets", Value(sets_config(part.eval)));
  context.config.set("set_files", set_files(part.eval));
  context.config.set("window", Value(part.eval.window));
  context.config.set("batch_size", Value(part.eval.batch_size));
  context.config.set("max_bytes", Value(part.eval.max_bytes));
  context.inputs = {{"model", checkpoint.folder}};
  for (const auto& [name, folder] : checkpoint.members) {
    context.inputs.emplace_back("member/" + name, folder);
  }
  context.output = output;
  return context;
}

/// Copies what the stage wrote, each file whole or not at all, in the place of an earlier result.
void keep(const fs::path& from, const fs::path& to) {
  make_folder(to);
  for (const char* name : {"scores.json", "answers.jsonl"}) {
    if (fs::exists(from / name)) {
      write_file(to / name, read_file(from / name));
    } else {
      fs::remove(to / name);
    }
  }
}

void print(const std::string& json, const EngineConfig& engine) {
  const auto results = set_results(from_json(json, "scores.json"));
  fmt::print("{}\n", aligned(set_rows(results)));
  for (const auto& note : set_notes(results)) fmt::print("{}\n", note);
  fmt::print("Scored in {} on {}.\n", engine.dtype, engine.device == "cpu" ? "the CPU" : "a GPU");
}

int evaluate(const CommandLine& line, const Options& options) {
  catch_interrupts();
  if (!options.out.empty()) check_can_make_folder(options.out);
  const OpenCheckpoint checkpoint = options.checkpoint.open(line);
  const EvalPart part = read_part(options);
  const TemporaryFolder scratch;
  stage_functions().at("evaluate")(context_of(part, checkpoint, scratch.path()));
  const std::string json = read_file(scratch.path() / "scores.json");
  if (line.json) {
    fmt::print("{}", json);
  } else {
    print(json, part.engine);
  }
  if (!options.out.empty()) keep(scratch.path(), options.out);
  return 0;
}

}  // namespace

void add_eval(CLI::App& app, CommandLine& line) {
  auto options = std::make_shared<Options>();
  auto* verb = app.add_subcommand(
      "eval", "Score a model on evaluation sets: shares with standard errors, means");
  options->checkpoint.add_to(*verb);
  verb->add_option("--sets", options->sets,
                   "A recipe, or a part of one, whose [[eval.set]], [engine] and [[package]] are "
                   "read; else the paper's twelve sets");
  verb->add_option("--only", options->only, "Sets to be scored, by name")->delimiter(',');
  verb->add_option("--set", options->overrides,
                   "key=value, changes what the file says: eval.batch_size=32")
      ->allow_extra_args(false);
  verb->add_option("--out", options->out,
                   "Keep scores.json and answers.jsonl, with every item, in this folder");
  add_unsafe_code(*verb);
  verb->callback(
      [&line, options] { line.chosen = [&line, options] { return evaluate(line, *options); }; });
}

}  // namespace btx
