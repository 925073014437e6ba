#include "base/machine/gpus.hpp"
#include "base/machine/memory.hpp"
#include "base/text.hpp"
#include "cli/arguments/recipe_argument.hpp"
#include "cli/print.hpp"
#include "model/engine.hpp"
#include "pipeline/store.hpp"
#include "recipe/stage_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace btx {
namespace {

std::string state_of(const Store& store, const Stage& stage, const StageGraph& graph) {
  if (store.has(stage)) return "cached";
  if (!stage.missing.empty())
    return "no data here: " + stage.missing.substr(0, stage.missing.find('\n'));
  std::vector<std::string> keys;
  for (const auto& input : stage.inputs) keys.push_back(graph.find(input.stage).key);
  return "to do: " + explain_miss(store, stage, keys);
}

void print_table(const StageGraph& graph, const Store& store) {
  print("{:<28}{:>9}{:>9}{:>9}{:>10}{:>11}{:>11}{:>11}  {}\n", "stage", "params", "active",
        "tokens", "FLOPs", "memory", "GPU", "disk", "state");
  const auto count = [](double value) { return value > 0 ? format_count(value) : "-"; };
  const auto bytes = [](double value) { return value > 0 ? format_bytes(value) : "-"; };
  for (const auto& stage : graph.stages) {
    const StageEstimate& e = stage.estimate;
    print("{:<28}{:>9}{:>9}{:>9}{:>10}{:>11}{:>11}{:>11}  {}\n", stage.name,
          count(static_cast<double>(e.parameters)), count(e.active_parameters), count(e.tokens),
          e.flops > 0 ? fmt::format("{:.2g}", e.flops) : "-", bytes(e.memory_bytes),
          bytes(e.device_bytes), bytes(e.disk_bytes), state_of(store, stage, graph));
  }
}

void print_deferred(const StageGraph& graph) {
  for (const auto& name : graph.deferred) {
    print("{:<28}planned once the stages have run whose time it is to match\n", name);
  }
}

void print_totals(const StageGraph& graph, const Store& store) {
  double tokens = 0, seed_tokens = 0, flops = 0, memory = 0, disk = 0;
  std::size_t missing = 0;
  for (const auto& stage : graph.stages) {
    if (store.has(stage)) continue;
    ++missing;
    tokens += stage.estimate.tokens;
    if (stage.name == kSeed) seed_tokens = stage.estimate.tokens;
    flops += stage.estimate.flops;
    memory = std::max(memory, stage.estimate.memory_bytes);
    disk += stage.estimate.disk_bytes;
  }
  print(
      "\n{} of {} stages to do: {} training tokens ({} beyond the seed's), {:.2g} FLOPs, at most "
      "{} of memory a "
      "stage ({} are free), {} of disk ({} are free in {})\n",
      missing, graph.stages.size(), format_count(tokens), format_count(tokens - seed_tokens), flops,
      format_bytes(memory), format_bytes(static_cast<double>(available_memory())),
      format_bytes(disk), format_bytes(static_cast<double>(free_disk_bytes(store.folder()))),
      store.folder().string());
}

/// For which engine memory was estimated; a machine without a GPU plans for one that has one, too.
void print_engine(const EngineConfig& asked) {
  const EngineConfig engine = decide_engine(asked);
  const auto cards = gpus();
  std::string where = "on the CPU";
  if (engine.device == DeviceChoice::cuda) {
    where = cards.empty()
                ? "on a GPU, which this machine has not"
                : fmt::format("on a GPU ({}, {} of memory)", cards.front().name,
                              format_bytes(static_cast<double>(cards.front().memory_bytes)));
  }
  print("Models are computed {} in {}.\n", where, name_of(engine.dtype));
}

void print_graph_json(const StageGraph& graph, const Store& store) {
  Array stages;
  for (const auto& stage : graph.stages) {
    Value row;
    row.set("name", Value(stage.name));
    row.set("kind", Value(stage.kind));
    row.set("key", Value(stage.key));
    row.set("config_digest", Value(config_digest(stage)));
    row.set("state", Value(state_of(store, stage, graph)));
    row.set("parameters", Value(stage.estimate.parameters));
    row.set("active_parameters", Value(stage.estimate.active_parameters));
    row.set("tokens", Value(stage.estimate.tokens));
    row.set("flops", Value(stage.estimate.flops));
    row.set("memory_bytes", Value(stage.estimate.memory_bytes));
    row.set("device_bytes", Value(stage.estimate.device_bytes));
    row.set("disk_bytes", Value(stage.estimate.disk_bytes));
    stages.push_back(std::move(row));
  }
  print_value(Value(std::move(stages)));
}

int plan(const CommandLine& line, const RecipeArgument& argument) {
  const ResolvedRecipe resolved = argument.resolve(line);
  note_sweep(resolved);
  const StageGraph graph = plan_stages(resolved, {PlanUse::show, line.verify});
  const Store store{fs::path(resolved.recipe.run.store)};
  if (line.json) {
    print_graph_json(graph, store);
  } else {
    print_table(graph, store);
    print_deferred(graph);
    print_totals(graph, store);
    print_engine(resolved.recipe.engine.models);
  }
  return 0;
}

}  // namespace

void add_plan(Verb app, CommandLine& line) {
  auto argument = std::make_shared<RecipeArgument>();
  Verb verb = app.add_verb(
      "plan",
      "Show the stages of a recipe, what is cached and what the rest takes; writes nothing");
  argument->add_to(verb);
  verb.runs([&line, argument] { return plan(line, *argument); });
}

}  // namespace btx
