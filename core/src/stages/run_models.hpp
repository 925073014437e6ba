#pragma once
// The models of a run folder, by the names its report gives them.

#include "base/file.hpp"

#include <string>
#include <utility>
#include <vector>

namespace btx {

/// Name and stage of every model, in the report's order: seed, experts, baselines, mix, mixture.
BTX_EXPORT std::vector<std::pair<std::string, std::string>> run_models(const fs::path& run);

/// The checkpoint folder of a model. Throws btx::Error (usage) for a name that is none (with those
/// that are), and for a model that is not made yet.
BTX_EXPORT fs::path run_model_folder(const fs::path& run, const std::string& model);

}  // namespace btx
