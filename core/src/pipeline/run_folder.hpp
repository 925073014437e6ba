#pragma once
// A run: the folder that holds what was asked for, what came of it, and where its stages are.

#include "pipeline/stage_context.hpp"
#include "pipeline/stage_request.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace btx {

/// The folder of a run, which no other process can take while this lives.
class BTX_EXPORT RunFolder {
 public:
  /// Makes the folder of this run, or takes an existing one, locks it, and keeps in it what was
  /// asked for. Throws btx::Error (usage) when another process uses it.
  RunFolder(const fs::path& path, const fs::path& recipe_file,
            const std::vector<std::string>& overrides, const std::string& command);

  /// Writes the requests of all stages, the resolved recipe and links to the artifacts.
  void write_requests(const std::string& resolved_toml, const RunSettings& settings,
                      const StageGraph& graph, const Store& store);
  /// state.json: each stage's state and key.
  void write_state(const StageGraph& graph, const std::map<std::string, std::string>& states) const;
  /// Copies an artifact's files, but its manifest, to <run>/`name`.
  void copy_artifact(const fs::path& artifact, const std::string& name) const;

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  FileLock lock_;
};

/// Whether a folder is one that 'btx run' wrote.
BTX_EXPORT bool is_run_folder(const fs::path& folder);

/// <run>/stages/NAME, a link to the artifact for whoever looks: "expert/code" -> "expert+code".
BTX_EXPORT fs::path stage_link(const fs::path& run, const std::string& stage);

/// The folder with a stage's artifact: stages/NAME if that is it, as in a copy of the run that
/// holds folders instead of links, else the store's. There may be none yet.
BTX_EXPORT fs::path stage_folder(const fs::path& run, const std::string& stage);

/// Read what a run folder says. Throw btx::Error (usage) naming what is missing.
BTX_EXPORT StageRequest read_request(const fs::path& run, const std::string& stage);
BTX_EXPORT RunSettings read_settings(const fs::path& run);

/// Does one stage of a run folder in this process; `kind_of` knows the kinds by name. Throws
/// btx::Error as the stage does.
BTX_EXPORT void run_stage(const fs::path& run, const std::string& name,
                          const std::function<const StageKind&(const std::string&)>& kind_of);

}  // namespace btx
