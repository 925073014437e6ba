#pragma once
// Fits an ensemble.

#include "config/value.hpp"
#include "pipeline/stage_context.hpp"
#include "stages/expert_field.hpp"

#include <btx/params.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace btx {

/// Inputs: "model/NAME" of every member; "documents/DOMAIN"; "dev_loss/NAME" if the plugin asks.
struct EnsembleWork {
  static constexpr const char* kKind = "ensemble";
  static constexpr std::int64_t kNumerics = 4;
  std::string type;
  Value params;
  std::int64_t fit_bytes = 0;  ///< train text of each member, at most
  std::vector<ExpertField> models;
  std::vector<std::string> domains;
  std::vector<TrainedOn> data;  ///< of every member

  void fields(Fields& f) {
    f("type", type, "ensemble plugin");
    f("params", params, "parameters of the ensemble plugin");
    f("fit_bytes", fit_bytes, "train text of each member that it is fitted on");
    f("models", models, "members");
    f("domains", domains, "domains of the recipe");
    f("data", data, "what each member was trained on");
  }
};

/// Writes a fitted ensemble (eval/ensemble/ensemble_folder.hpp).
BTX_EXPORT void run(const EnsembleWork& work, const StageContext& context);

}  // namespace btx
