#pragma once
// What the library with LibTorch in it offers to the rest of the program, which starts without it.

#include "eval/generation/continue_prompt.hpp"
#include "pipeline/stage_context.hpp"
#include "train/bench_step.hpp"

#include <vector>

namespace btx {

/// Filled in by the library itself, behind kCoreEntry.
struct CoreApi {
  std::vector<StageKind> kinds;  ///< of stages that train or run a model
  Continuation (*continue_prompt)(const ContinueOptions& options, const ModelFolders& folders);
  StepTimes (*bench_step)(const StepBench& bench);
};

/// Opens the library, with LibTorch, the first time. Throws btx::Error as open_core().   [main]
BTX_EXPORT const CoreApi& core_api();

/// The one symbol that the library is entered by.
inline constexpr const char* kCoreEntry = "btx_core_v1";

}  // namespace btx
