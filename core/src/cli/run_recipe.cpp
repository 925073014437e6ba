#include "cli/run_recipe.hpp"

#include "base/machine/gpus.hpp"
#include "base/machine/memory.hpp"
#include "base/text.hpp"
#include "cli/prepare_run.hpp"
#include "model/engine.hpp"
#include "plan/check/check_held_out.hpp"
#include "plan/plan_sets.hpp"
#include "recipe/stage_names.hpp"
#include "stages/scoring/evaluate.hpp"

#include <btx/error.hpp>
#include <btx/log.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace btx {
namespace {

void check_artifacts(const StageGraph& graph, const Store& store) {
  for (const auto& stage : graph.stages) {
    if (!store.has(stage)) continue;
    if (const auto damage = find_damage(store.artifact(stage))) {
      throw Error(fmt::format("{}: {}; remove {} to make it again", stage.name, *damage,
                              store.artifact(stage).string()));
    }
  }
}

void check_disk(const StageGraph& graph, const Store& store) {
  double needed = 0;
  for (const auto& stage : graph.stages) {
    if (!store.has(stage)) needed += stage.estimate.disk_bytes;
  }
  const auto free = static_cast<double>(free_disk_bytes(store.folder()));
  if (needed <= free) return;
  throw Error(
      fmt::format("the run needs about {} of disk in {}, {} are free; make room or set "
                  "run.store",
                  format_bytes(needed), store.folder().string(), format_bytes(free)));
}

/// Refuses before anything has run what would be refused when its turn comes.
void check_memory(const StageGraph& graph, const Store& store) {
  const auto available = static_cast<double>(available_memory());
  for (const auto& stage : graph.stages) {
    if (store.has(stage) || stage.estimate.memory_bytes <= available) continue;
    throw Error(fmt::format(
        "{}: needs about {} of memory, {} are free; make the model or "
        "train.micro_batch smaller",
        stage.name, format_bytes(stage.estimate.memory_bytes), format_bytes(available)));
  }
}

/// The same for the GPU, if a stage still needs one. CUDA's context and workspaces, and what lies
/// free between tensors, take about a gigabyte beside what the plan counts.
void check_gpu(const EngineConfig& engine, const StageGraph& graph, const Store& store) {
  constexpr double kOfCuda = 1e9;
  for (const auto& stage : graph.stages) {
    if (store.has(stage) || stage.estimate.device_bytes == 0) continue;
    engine_here(engine);
    const double needed = stage.estimate.device_bytes + kOfCuda;
    for (const auto& card : gpus()) {
      if (needed <= static_cast<double>(card.memory_bytes)) continue;
      throw Error(fmt::format(
          "{}: needs about {} of a GPU's memory, {} has {}; make the model or train.micro_batch "
          "smaller, or leave that GPU out by CUDA_VISIBLE_DEVICES",
          stage.name, format_bytes(needed), card.name,
          format_bytes(static_cast<double>(card.memory_bytes))));
    }
  }
}

/// The same for the evaluation sets, if a model has still to be scored on them.
void check_evaluation(const EvalConfig& eval, const StageGraph& graph, const Store& store) {
  const auto to_do = [&](const Stage& stage) {
    return stage.kind == EvaluateWork::kKind && !store.has(stage);
  };
  if (std::any_of(graph.stages.begin(), graph.stages.end(), to_do)) check_sets(eval, graph.context);
}

/// Nothing is trained for models that could not be scored: asked as soon as the documents are
/// there.
void check_documents(const ResolvedRecipe& resolved, const StageGraph& graph, const Store& store) {
  const Stage* report = graph.find_if_there(kReport);
  if (report == nullptr || !store.has(*report)) check_held_out(resolved, graph, store);
}

void log_misses(const StageGraph& graph, const Store& store) {
  for (const auto& stage : graph.stages) {
    if (store.has(stage)) continue;
    std::vector<std::string> keys;
    for (const auto& input : stage.inputs) keys.push_back(graph.find(input.stage).key);
    log(LogLevel::info, fmt::format("{}: {}", stage.name, explain_miss(store, stage, keys)));
  }
}

}  // namespace

RunOutcome run_recipe(const ResolvedRecipe& resolved, const RecipeArgument& argument,
                      const CommandLine& line, int jobs) {
  const auto start = std::chrono::steady_clock::now();
  const Store store{fs::path(resolved.recipe.run.store)};
  make_folder(store.folder());
  const PlanOptions planning{.verify = line.verify};
  StageGraph graph = plan_stages(resolved, planning);
  RunFolder folder(run_path(resolved.recipe.run), argument.file, argument.overrides, line.command);
  if (line.verify) check_artifacts(graph, store);
  check_evaluation(resolved.recipe.eval, graph, store);
  check_documents(resolved, graph, store);
  const auto after_stage = [&](const Stage& stage) {
    if (stage.name.starts_with(documents_stage(""))) check_documents(resolved, graph, store);
  };
  RunOutcome outcome;
  ScheduleResult& result = outcome.stages;
  for (bool first = true;; first = false) {
    check_disk(graph, store);
    check_memory(graph, store);
    check_gpu(resolved.recipe.engine.models, graph, store);
    write_requests(folder, resolved, graph, store);
    log_misses(graph, store);
    ScheduleResult part = run_stages(graph, store, folder, jobs, after_stage);
    part.made.insert(part.made.begin(), result.made.begin(), result.made.end());
    if (!first) part.reused = result.reused;
    result = std::move(part);
    if (graph.deferred.empty() || result.interrupted || !result.failed.empty()) break;
    // What they are matched with has been measured now.
    graph = plan_stages(resolved, planning);
  }
  if (!result.interrupted && result.failed.empty()) {
    const Stage& report = graph.find(kReport);
    folder.copy_artifact(store.artifact(report), kReport);
    outcome.report = read_file(store.artifact(report) / "report.txt");
  }
  outcome.count = graph.stages.size();
  outcome.folder = folder.path();
  outcome.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return outcome;
}

std::string failure_text(const ScheduleResult& stages) {
  if (stages.failed.empty()) return "";
  const std::string skipped = join(stages.skipped);
  return fmt::format("failed: {}{}", join(stages.failed),
                     skipped.empty() ? "" : "; not started: " + skipped);
}

}  // namespace btx
