#pragma once
// Gathers the scores and costs of a run's models.

#include "pipeline/stage_context.hpp"
#include "report/comparison.hpp"

namespace btx {

/// Inputs: "evaluate/MODEL" of every model; "train/STAGE" of every training stage but the seed's.
struct ReportWork : ComparedModels {
  static constexpr const char* kKind = "report";
  static constexpr std::int64_t kNumerics = 2;
};

/// Writes report.txt, report.md, report.html and report.json.
BTX_EXPORT void run(const ReportWork& work, const StageContext& context);

}  // namespace btx
