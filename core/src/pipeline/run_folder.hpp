#pragma once
// A run: the folder that holds what was asked for, what came of it, and where its stages are.

#include "pipeline/resolve.hpp"
#include "pipeline/stage.hpp"
#include "pipeline/stage_context.hpp"
#include "pipeline/store.hpp"
#include "recipe/package_path.hpp"

#include <map>
#include <string>
#include <vector>

namespace btx {

/// What `btx stage RUN NAME` needs to know of one stage.
struct StageOrder {
  Stage stage;
  std::vector<std::string> input_keys;
  std::vector<fs::path> input_folders;  ///< same order as stage.inputs
};

class BTX_EXPORT RunFolder {
 public:
  /// Makes the folder of this run, or takes an existing one, and locks it.
  /// Throws btx::Error (usage) when another process uses it.
  RunFolder(const ResolvedRecipe& resolved, const fs::path& recipe_file,
            const std::vector<std::string>& overrides, const std::string& command);

  /// Writes the orders of all stages, the resolved recipe and links to the artifacts.
  void write_orders(const ResolvedRecipe& resolved, const StageGraph& graph, const Store& store);
  /// state.json: each stage's state and key.
  void write_state(const StageGraph& graph, const std::map<std::string, std::string>& states) const;
  /// Copies report.md, report.html and report.json to <run>/report.
  void copy_report(const fs::path& artifact) const;

  const fs::path& path() const { return path_; }

  /// Reads one order of a run folder. Throws btx::Error (usage) naming what is missing.
  static StageOrder read_order(const fs::path& run, const std::string& stage);
  /// Store, plugin paths, packages and threads of a run folder, from its orders.
  struct Surroundings {
    std::string store;
    std::vector<std::string> plugin_paths;
    std::vector<PackageFolder> packages;
    std::int64_t threads = 1;
  };
  static Surroundings read_surroundings(const fs::path& run);

 private:
  fs::path path_;
  FileLock lock_;
};

/// Does one stage of a run folder in this process. Throws btx::Error as the stage does.
BTX_EXPORT void run_stage(const fs::path& run, const std::string& name);

}  // namespace btx
