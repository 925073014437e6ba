#include "pipeline/run_models.hpp"

#include "base/text.hpp"
#include "pipeline/run_folder.hpp"
#include "pipeline/store.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

namespace btx {

bool is_run_folder(const fs::path& folder) {
  return fs::exists(folder / "stages" / "surroundings.json");
}

std::vector<std::pair<std::string, std::string>> run_models(const fs::path& run) {
  std::vector<std::pair<std::string, std::string>> models;
  const StageOrder report = RunFolder::read_order(run, "report");
  for (const auto& row : report.stage.config.at("models").as<Array>()) {
    models.emplace_back(row.at("name").as<std::string>(), row.at("stage").as<std::string>());
  }
  return models;
}

fs::path run_model_folder(const fs::path& run, const std::string& model) {
  std::vector<std::string> names;
  for (const auto& [name, stage] : run_models(run)) {
    names.push_back(name);
    if (name != model) continue;
    const Store store{fs::path(RunFolder::read_surroundings(run).store)};
    const Stage made = RunFolder::read_order(run, stage).stage;
    if (store.has(made)) return store.artifact(made);
    throw Error(ExitCode::usage, fmt::format("{}: model '{}' is not made yet; 'btx run' makes it",
                                             run.string(), model));
  }
  throw Error(ExitCode::usage,
              fmt::format("{}: no model '{}'{} known: {}", run.string(), model,
                          did_you_mean(model, names).empty() ? ";" : did_you_mean(model, names),
                          join(names)));
}

}  // namespace btx
