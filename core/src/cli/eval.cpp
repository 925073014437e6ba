// btx eval: the evaluation sets of a recipe on one model.
#include "base/interrupt.hpp"
#include "base/machine/threads.hpp"
#include "base/temporary_folder.hpp"
#include "base/text.hpp"
#include "checkpoint/model_folder.hpp"
#include "cli/arguments/checkpoint_argument.hpp"
#include "cli/arguments/recipe_argument.hpp"
#include "cli/print.hpp"
#include "config/config.hpp"
#include "eval/ensemble/ensemble_folder.hpp"
#include "model/engine.hpp"
#include "plan/plan_sets.hpp"
#include "recipe/load.hpp"
#include "recipe/packages.hpp"
#include "recipe/schema/run.hpp"
#include "report/set_scores.hpp"
#include "stages/kinds.hpp"
#include "stages/scoring/evaluate.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace btx {
namespace {

struct EvalArguments {
  CheckpointArgument checkpoint;
  std::string sets;
  std::vector<std::string> only, overrides;
  std::string output;
};

/// [eval], [engine] and seeds of a recipe or of a part of one; the rest is for 'btx run'.
struct EvalPart {
  EngineTable engine;
  EvalConfig eval;
  std::int64_t seed = 0;  ///< of what routers draw, as in a run
};

std::string name_of(const Value& set) {
  const Value* name = set.is<Table>() ? set.find("name") : nullptr;
  return name != nullptr && name->is<std::string>() ? name->as<std::string>() : "";
}

/// Drops the sets that --only does not name, so that their packages need not be there.
void keep_only(Value& tree, const std::vector<std::string>& only) {
  Value* eval = tree.find("eval");
  Value* sets = eval != nullptr && eval->is<Table>() ? eval->find("set") : nullptr;
  if (only.empty() || sets == nullptr || !sets->is<Array>()) return;
  std::vector<std::string> names;
  for (const auto& set : sets->as<Array>()) names.push_back(name_of(set));
  for (const auto& name : only) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    throw Error(ExitCode::usage, fmt::format("--only: no evaluation set is called '{}'{}", name,
                                             known_names(name, names)));
  }
  std::erase_if(sets->as<Array>(), [&](const Value& set) {
    return std::find(only.begin(), only.end(), name_of(set)) == only.end();
  });
}

std::int64_t seed_of(const Value& tree) {
  RunConfig run;
  if (const Value* given = tree.find("run")) {
    Value named = *given;  // a part of a recipe may leave the name to the recipe
    if (named.is<Table>() && named.find("name") == nullptr) named.set("name", Value("part"));
    run = read_config<RunConfig>(named, "[run]");
  }
  return run.seeds.of_stage(EvaluateWork::kKind, run.seed);
}

/// Domains of a whole recipe; a part of one has none.
std::vector<std::string> domains_of(const Value& tree) {
  std::vector<std::string> names;
  const Value* data = tree.find("data");
  if (data == nullptr || !data->is<Table>()) return names;
  for (const auto& [name, domain, place] : data->as<Table>()) names.push_back(name);
  return names;
}

EvalPart read_part(const EvalArguments& options) {
  const std::string file = options.sets.empty() ? paper_tasks_file() : options.sets;
  Value tree = load_recipe(file, options.overrides).tree;
  keep_only(tree, options.only);
  const auto packages = declare_packages(tree);
  EvalPart part;
  if (const Value* engine = tree.find("engine")) {
    part.engine = read_config<EngineTable>(*engine, "[engine]");
  }
  if (const Value* eval = tree.find("eval")) part.eval = read_config<EvalConfig>(*eval, "[eval]");
  if (part.eval.set.empty()) {
    throw Error(ExitCode::usage,
                fmt::format("{}: has no evaluation set; needs [[eval.set]]", file));
  }
  // On the CPU `auto` means float32 here: slower than bfloat16, but the same scores on every
  // processor.
  EngineConfig& engine = part.engine.models;
  const bool open = engine.dtype == ComputeType::automatic;
  engine = engine_here(engine);
  if (open && engine.device == DeviceChoice::cpu) engine.dtype = ComputeType::float32;
  resolve_sets(part.eval, tree, domains_of(tree));
  part.seed = seed_of(tree);
  fetch_packages(packages);
  return part;
}

/// The settings of an evaluate stage that scores sets alone.
EvaluateWork work_of(const EvalPart& part, const fs::path& model) {
  EvaluateWork work;
  work.scoring = {part.engine.models, part.eval.window, part.eval.batch_size, part.eval.max_bytes};
  work.sets = evaluation_sets(part.eval);
  if (is_ensemble(model)) return work;
  work.set_draws(ModelFolder(model).config(), part.eval.draws, part.seed);
  return work;
}

StageContext context_of(const EvalPart& part, const ModelFolders& checkpoint,
                        const fs::path& output) {
  StageContext context;
  context.name = EvaluateWork::kKind;
  context.inputs = {{"model", checkpoint.model}};
  for (const auto& [name, folder] : checkpoint.members) {
    context.inputs.emplace_back("member/" + name, folder);
  }
  for (const auto& set : part.eval.set) context.places["set/" + set.name] = file_of(set);
  context.output = output;
  context.threads = threads_here(part.engine.threads);
  context.config = write_config(work_of(part, checkpoint.model), Defaults::omit);
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

void print_scores(const fs::path& scores, const EngineConfig& engine) {
  const auto results = set_results(read_config_file<ModelScores>(scores));
  print_text(aligned(set_rows(results)) + "\n");
  for (const auto& note : set_notes(results)) print("{}\n", note);
  print("Scored in {} on {}.\n", name_of(engine.dtype),
        engine.device == DeviceChoice::cpu ? "the CPU" : "a GPU");
}

int evaluate(const CommandLine& line, const EvalArguments& options) {
  catch_interrupts();
  if (!options.output.empty()) check_can_make_folder(options.output);
  const OpenCheckpoint checkpoint = options.checkpoint.open(line);
  const EvalPart part = read_part(options);
  const TemporaryFolder scratch;
  find_kind(EvaluateWork::kKind).run(context_of(part, checkpoint, scratch.path()));
  const fs::path scores = scratch.path() / kScores;
  if (line.json) {
    print_text(read_file(scores));
  } else {
    print_scores(scores, part.engine.models);
  }
  if (!options.output.empty()) keep(scratch.path(), options.output);
  return 0;
}

}  // namespace

void add_eval(Verb app, CommandLine& line) {
  auto options = std::make_shared<EvalArguments>();
  Verb verb =
      app.add_verb("eval", "Score a model on evaluation sets: shares with standard errors, means");
  options->checkpoint.add_to(verb);
  verb.add("--sets", options->sets,
           "A recipe, or a part of one, whose [[eval.set]], [engine] and [[package]] are "
           "read; else the paper's twelve sets");
  verb.add("--only", options->only, "Sets to be scored, by name").separated_by(',');
  verb.add("--set", options->overrides, "key=value, changes what the file says: eval.batch_size=32")
      .one_at_a_time();
  verb.add("--output,--out", options->output,
           "Keep scores.json and answers.jsonl, with every item, in this folder");
  add_unsafe_code(verb);
  verb.runs([&line, options] { return evaluate(line, *options); });
}

}  // namespace btx
