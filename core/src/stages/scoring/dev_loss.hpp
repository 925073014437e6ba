#pragma once
// Scores a model on every domain's dev text.

#include "pipeline/stage_context.hpp"
#include "recipe/schema/engine.hpp"
#include "stages/scoring/scoring.hpp"

#include <btx/params.hpp>

#include <string>
#include <vector>

namespace btx {

/// Inputs: "model"; "documents/DOMAIN".
struct DevLossWork {
  static constexpr const char* kKind = "dev_loss";
  static constexpr std::int64_t kNumerics = 2;
  ScoringSettings scoring;
  std::vector<std::string> domains;

  void fields(Fields& f) {
    scoring.fields(f);
    f("domains", domains, "domains of the recipe");
  }
};

/// Writes dev_loss.json (eval/dev_loss.hpp).
BTX_EXPORT void run(const DevLossWork& work, const StageContext& context);

}  // namespace btx
