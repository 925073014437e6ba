#pragma once
// What a stage's function is handed, and what a kind of stage is.

#include "model/engine.hpp"
#include "pipeline/stage.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace btx {

/// All that the function of a stage is handed; run_stage() fills it in.
struct StageContext {
  std::string name;
  Value config;                                          ///< the kind's settings, as in Stage
  std::vector<std::pair<std::string, fs::path>> inputs;  ///< role, artifact
  std::map<std::string, std::string> places;             ///< role, path of a file from outside
  std::vector<std::string> files;                        ///< names and digests, as in Stage
  std::map<std::string, std::string> digests;            ///< of files from outside, by path
  fs::path output;                                       ///< empty folder to be filled
  fs::path work;        ///< kept between attempts; may not exist yet
  fs::path run_folder;  ///< for metrics
  fs::path downloads;   ///< kept between runs
  int threads = 1;      ///< for work whose result does not depend on it

  /// Both throw btx::Error for a role that is not there (a programmer's error).
  BTX_EXPORT const fs::path& input(const std::string& role) const;
  BTX_EXPORT fs::path place(const std::string& role) const;
};

/// One kind of stage; stages/kinds.hpp has them all.
struct StageKind {
  const char* name = nullptr;
  std::int64_t numerics = 1;  ///< changes of its results on purpose: core/docs/numerics.md
  /// Fills the artifact's folder; returns on what it computed, if it computed a model.
  std::optional<ComputedOn> (*run)(const StageContext&) = nullptr;
  /// A file of the artifact that says how long it took, and is no part of its content; or null.
  const char* measured = nullptr;
};

}  // namespace btx
