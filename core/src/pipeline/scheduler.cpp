#include "pipeline/scheduler.hpp"

#include "base/interrupt.hpp"
#include "base/program.hpp"
#include "base/text.hpp"
#include "pipeline/engine.hpp"

#include <btx/error.hpp>
#include <btx/log.hpp>

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>

namespace btx {
namespace {

class Scheduler {
 public:
  Scheduler(const StageGraph& graph, const Store& store, const RunFolder& run, int jobs)
      : graph_(graph), store_(store), run_(run), jobs_(jobs) {}

  ScheduleResult go() {
    for (const auto& stage : graph_.stages) {
      const bool there = store_.has(stage);
      states_[stage.name] = there ? "done" : "pending";
      if (there) result_.reused.push_back(stage.name);
    }
    run_.write_state(graph_, states_);
    while (start_ready() || !running_.empty()) wait_for_one();
    for (const auto& stage : graph_.stages) {
      if (states_[stage.name] == "pending") result_.skipped.push_back(stage.name);
    }
    return std::move(result_);
  }

 private:
  bool ready(const Stage& stage) {
    return states_[stage.name] == "pending" &&
           std::all_of(stage.inputs.begin(), stage.inputs.end(),
                       [&](const StageInput& input) { return states_[input.stage] == "done"; });
  }

  /// Starts what can start now. Returns whether anything did.
  bool start_ready() {
    bool started = false;
    for (const auto& stage : graph_.stages) {
      if (std::ssize(running_) >= jobs_ || result_.interrupted) break;
      if (!ready(stage)) continue;
      started = start(stage) || started;
    }
    return started;
  }

  bool start(const Stage& stage) {
    const auto available = static_cast<double>(available_memory());
    if (stage.estimate.memory_bytes > available) {
      log(LogLevel::error,
          fmt::format(
              "{}: needs about {} of memory, {} are free; make the model, train.micro_batch "
              "or --jobs smaller",
              stage.name, format_bytes(stage.estimate.memory_bytes), format_bytes(available)));
      finish(stage.name, false);
      return true;
    }
    const std::string program = program_path().string();
    std::string verb = "stage";
    std::string run = run_.path().string();
    std::string name = stage.name;
    char* arguments[] = {const_cast<char*>(program.c_str()), verb.data(), run.data(), name.data(),
                         nullptr};
    pid_t pid = 0;
    const int error = ::posix_spawn(&pid, program.c_str(), nullptr, nullptr, arguments, environ);
    if (error != 0) throw Error(fmt::format("cannot start {}: error {}", program, error));
    running_[pid] = stage.name;
    set_state(stage.name, "running");
    return true;
  }

  void wait_for_one() {
    if (running_.empty()) return;
    int status = 0;
    const pid_t pid = ::waitpid(-1, &status, 0);
    if (interrupted()) result_.interrupted = true;
    if (pid < 0) {
      if (errno != EINTR) throw Error("lost track of the stages' processes; run again");
      // A signal to this process alone still has to reach the stages.
      for (const auto& [child, name] : running_) ::kill(child, SIGTERM);
      return;
    }
    const auto found = running_.find(pid);
    if (found == running_.end()) return;
    const std::string name = found->second;
    running_.erase(found);
    if (WIFSIGNALED(status)) {
      log(LogLevel::error,
          fmt::format("{}: its process was ended by signal {} ({}); run again to go "
                      "on from its last checkpoint",
                      name, WTERMSIG(status), ::strsignal(WTERMSIG(status))));
    }
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (code == static_cast<int>(ExitCode::interrupted)) {
      result_.interrupted = true;
      set_state(name, "pending");
      return;
    }
    finish(name, code == 0 && store_.has(graph_.find(name)));
  }

  void finish(const std::string& name, bool good) {
    (good ? result_.made : result_.failed).push_back(name);
    set_state(name, good ? "done" : "failed");
  }

  void set_state(const std::string& name, const std::string& state) {
    states_[name] = state;
    run_.write_state(graph_, states_);
  }

  const StageGraph& graph_;
  const Store& store_;
  const RunFolder& run_;
  int jobs_;
  std::map<std::string, std::string> states_;
  std::map<pid_t, std::string> running_;
  ScheduleResult result_;
};

}  // namespace

ScheduleResult run_stages(const StageGraph& graph, const Store& store, const RunFolder& run,
                          int jobs) {
  return Scheduler(graph, store, run, jobs).go();
}

}  // namespace btx
