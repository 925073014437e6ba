#include "stages/run_models.hpp"

#include "base/text.hpp"
#include "config/config.hpp"
#include "pipeline/run_folder.hpp"
#include "pipeline/store.hpp"
#include "recipe/stage_names.hpp"
#include "stages/scoring/report.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

namespace btx {

std::vector<std::pair<std::string, std::string>> run_models(const fs::path& run) {
  std::vector<std::pair<std::string, std::string>> models;
  const StageRequest report = read_request(run, kReport);
  for (const auto& model : read_config<ReportWork>(report.config, kReport).models) {
    models.emplace_back(model.name, model.stage);
  }
  return models;
}

fs::path run_model_folder(const fs::path& run, const std::string& model) {
  std::vector<std::string> names;
  for (const auto& [name, stage] : run_models(run)) {
    names.push_back(name);
    if (name != model) continue;
    const Store store{fs::path(read_settings(run).store)};
    const Stage made = read_request(run, stage).stage();
    if (store.has(made)) return store.artifact(made);
    throw Error(ExitCode::usage, fmt::format("{}: model '{}' is not made yet; 'btx run' makes it",
                                             run.string(), model));
  }
  throw Error(ExitCode::usage,
              fmt::format("{}: no model '{}'{}", run.string(), model, known_names(model, names)));
}

}  // namespace btx
