// The entry of the library with LibTorch in it.
#include "base/machine/threads.hpp"
#include "model/engine.hpp"
#include "stages/core_api.hpp"
#include "stages/kinds.hpp"
#include "stages/models/gates.hpp"
#include "stages/models/train.hpp"
#include "stages/scoring/dev_loss.hpp"
#include "stages/scoring/evaluate.hpp"
#include "stages/with_memory.hpp"

#include <ATen/Parallel.h>

namespace btx {
namespace {

/// How a stage of the kind gets along with less memory.
template <class Work>
constexpr const char* kLessMemory =
    "make train.micro_batch or model.context smaller. What was saved is kept, and the same command "
    "goes on";
template <>
constexpr const char* kLessMemory<EvaluateWork> =
    "make eval.batch_size or eval.window smaller; the same command goes on";

template <class Work>
EngineConfig& engine_of(Work& work) {
  if constexpr (requires { work.scoring; }) {
    return work.scoring.engine;
  } else {
    return work.engine;
  }
}

/// Runs a stage on this machine's engine; returns which that is.
template <class Work>
std::optional<ComputedOn> run_here(const StageContext& context) {
  auto work = read_config<Work>(context.config, context.name);
  engine_of(work) = engine_here(engine_of(work));
  at::set_num_threads(context.threads);
  with_memory(context.name, kLessMemory<Work>, [&] { run(work, context); });
  return computed_on(engine_of(work), context.threads);
}

template <class Work>
StageKind model_kind() {
  StageKind kind{Work::kKind, Work::kNumerics, run_here<Work>};
  if constexpr (requires { Work::kMeasured; }) kind.measured = Work::kMeasured;
  return kind;
}

Continuation continue_in_memory(const ContinueOptions& options, const ModelFolders& folders) {
  at::set_num_threads(threads_here(0));
  return with_memory(folders.model.string(), "make --max-tokens or the prompt shorter",
                     [&] { return continue_prompt(options, folders); });
}

StepTimes bench_in_memory(const StepBench& bench) {
  at::set_num_threads(static_cast<int>(bench.threads));
  return with_memory("bench step", "make train.micro_batch or model.context smaller",
                     [&] { return bench_step(bench); });
}

}  // namespace
}  // namespace btx

extern "C" BTX_EXPORT const btx::CoreApi* btx_core_v1() {
  static const btx::CoreApi api{
      {btx::model_kind<btx::TrainWork>(), btx::model_kind<btx::GatesWork>(),
       btx::model_kind<btx::DevLossWork>(), btx::model_kind<btx::EvaluateWork>()},
      &btx::continue_in_memory,
      &btx::bench_in_memory};
  return &api;
}
