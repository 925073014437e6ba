#pragma once
// Runs the stages that are not in the store, as processes of this program.

#include "pipeline/run_folder.hpp"

#include <functional>
#include <string>
#include <vector>

namespace btx {

/// What became of the stages of a graph, by name.
struct ScheduleResult {
  std::vector<std::string> made, reused;  ///< reused: in the store before
  std::vector<std::string> failed;        ///< their own messages are on stderr
  std::vector<std::string> skipped;  ///< not started: an input failed, or the run was interrupted
  bool interrupted = false;
};

/// Starts `btx stage RUN NAME` for each stage whose inputs are there, at most `jobs` at once. A
/// stage that fails leaves those that do not need it to finish. Stages run side by side only as far
/// as their estimates fit into memory together; one that does not fit alone fails. A stage that
/// needs a GPU gets one for itself, and sees no other. After SIGINT, SIGTERM or SIGHUP, started
/// stages save and stop. `after_stage` is called after each stage that was made; what it throws
/// stops the stages that run, and is thrown on.
BTX_EXPORT ScheduleResult run_stages(const StageGraph& graph, const Store& store,
                                     const RunFolder& run, int jobs,
                                     const std::function<void(const Stage&)>& after_stage = {});

}  // namespace btx
