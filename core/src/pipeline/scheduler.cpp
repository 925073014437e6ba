#include "pipeline/scheduler.hpp"

#include "base/interrupt.hpp"
#include "base/machine/gpus.hpp"
#include "base/machine/memory.hpp"
#include "base/text.hpp"
#include "pipeline/stage_process.hpp"

#include <btx/error.hpp>
#include <btx/log.hpp>

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>
#include <optional>

namespace btx {
namespace {

/// Keeps a signal pending while it lives, so that it can be waited for.
class BlockedSignal {
 public:
  explicit BlockedSignal(int signal) {
    const sigset_t set = only(signal);
    ::pthread_sigmask(SIG_BLOCK, &set, &before_);
  }
  ~BlockedSignal() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignal(const BlockedSignal&) = delete;
  BlockedSignal& operator=(const BlockedSignal&) = delete;

  /// Returns when it comes, at another signal's handler, or after so long.
  static void wait(int signal, long milliseconds) {
    const sigset_t set = only(signal);
    const timespec limit{milliseconds / 1000, milliseconds % 1000 * 1000000};
    ::sigtimedwait(&set, nullptr, &limit);
  }

 private:
  static sigset_t only(int signal) {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, signal);
    return set;
  }
  sigset_t before_{};
};

/// A stage that runs, and its GPU.
struct RunningStage {
  std::string name;
  std::optional<std::size_t> gpu;
};

class Scheduler {
 public:
  Scheduler(const StageGraph& graph, const Store& store, const RunFolder& run, int jobs,
            const std::function<void(const Stage&)>& after_stage)
      : graph_(graph), store_(store), run_(run), jobs_(jobs), after_stage_(after_stage) {}
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  ~Scheduler() {
    // Only after an exception: nothing that this run started goes on without it.
    stop_all();
    for (const auto& [child, stage] : running_) ::waitpid(child, nullptr, 0);
  }

  ScheduleResult go() {
    const BlockedSignal ends_of_stages(SIGCHLD);  // waited for with a limit: wait_for_one()
    for (const auto& stage : graph_.stages) {
      const bool there = store_.has(stage);
      states_[stage.name] = there ? "done" : "pending";
      if (!there) continue;
      store_.clear_work(stage);
      result_.reused.push_back(stage.name);
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
      if (interrupted()) stop();
      if (std::ssize(running_) >= jobs_ || result_.interrupted) break;
      if (!ready(stage)) continue;
      started = start(stage) || started;
    }
    return started;
  }

  /// Whether the estimated memory of the running stages and of this one fits in what was free
  /// before any was started.
  bool fits_beside(const Stage& stage) const {
    double needed = stage.estimate.memory_bytes;
    for (const auto& [pid, other] : running_) {
      needed += graph_.find(other.name).estimate.memory_bytes;
    }
    return needed <= free_before_;
  }

  bool start(const Stage& stage) {
    if (running_.empty()) free_before_ = static_cast<double>(available_memory());
    if (!fits_beside(stage)) {
      if (!running_.empty()) return false;
      log(LogLevel::error,
          fmt::format(
              "{}: needs about {} of memory, {} are free; make the model or train.micro_batch "
              "smaller",
              stage.name, format_bytes(stage.estimate.memory_bytes), format_bytes(free_before_)));
      finish(stage.name, false);
      return true;
    }
    RunningStage next{stage.name, {}};
    if (stage.estimate.device_bytes > 0) {
      next.gpu = free_gpu();
      if (!next.gpu) return false;
    }
    running_[start_stage(run_.path(), next.name, next.gpu)] = next;
    set_state(stage.name, "running");
    return true;
  }

  /// A GPU that no stage of this run has; on a machine that shows none the first one, so that the
  /// stage says what is wrong.
  std::optional<std::size_t> free_gpu() const {
    for (std::size_t i = 0; i < std::max<std::size_t>(1, gpu_count_); ++i) {
      const auto has_it = [&](const auto& entry) { return entry.second.gpu == i; };
      if (std::ranges::none_of(running_, has_it)) return i;
    }
    return std::nullopt;
  }

  void wait_for_one() {
    if (running_.empty()) return;
    int status = 0;
    const pid_t pid = ::waitpid(-1, &status, WNOHANG);
    if (pid < 0 && errno != EINTR) throw Error("lost track of the stages' processes; run again");
    if (interrupted()) stop();
    if (pid <= 0) {
      BlockedSignal::wait(SIGCHLD, 100);
      return;
    }
    const auto found = running_.find(pid);
    if (found == running_.end()) return;
    const std::string name = found->second.name;
    running_.erase(found);
    const bool stopped = WIFSIGNALED(status) && (WTERMSIG(status) == SIGINT ||
                                                 (WTERMSIG(status) == SIGTERM && interrupted()) ||
                                                 WTERMSIG(status) == SIGHUP);
    if (WIFSIGNALED(status) && !stopped) {
      log(LogLevel::error,
          fmt::format("{}: its process was ended by signal {} ({}); run again to go "
                      "on from its last checkpoint",
                      name, WTERMSIG(status), ::strsignal(WTERMSIG(status))));
    }
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (stopped || code == static_cast<int>(ExitCode::interrupted)) {
      result_.interrupted = true;
      set_state(name, "pending");
      return;
    }
    finish(name, code == 0 && store_.has(graph_.find(name)));
  }

  /// A signal to this process alone still has to reach the stages.
  void stop() {
    if (!result_.interrupted) stop_all();
    result_.interrupted = true;
  }

  void stop_all() const {
    for (const auto& [child, stage] : running_) ::kill(child, SIGTERM);
  }

  void finish(const std::string& name, bool good) {
    (good ? result_.made : result_.failed).push_back(name);
    if (good) make_again_after(name);
    set_state(name, good ? "done" : "failed");
    if (good && after_stage_) after_stage_(graph_.find(name));
  }

  /// What was made from an earlier artifact of this stage, which held other bits.
  void make_again_after(const std::string& name) {
    for (const auto& stage : graph_.stages) {
      const auto& in = stage.inputs;
      const bool reads = std::ranges::find(in, name, &StageInput::stage) != in.end();
      if (!reads || states_[stage.name] != "done" || store_.has(stage)) continue;
      states_[stage.name] = "pending";
      std::erase(result_.reused, stage.name);
    }
  }

  void set_state(const std::string& name, const std::string& state) {
    states_[name] = state;
    run_.write_state(graph_, states_);
  }

  const StageGraph& graph_;
  const Store& store_;
  const RunFolder& run_;
  int jobs_;
  const std::function<void(const Stage&)>& after_stage_;
  double free_before_ = 0;  ///< bytes of memory, when no stage was running
  std::map<std::string, std::string> states_;
  std::map<pid_t, RunningStage> running_;
  const std::size_t gpu_count_ = gpus().size();
  ScheduleResult result_;
};

}  // namespace

ScheduleResult run_stages(const StageGraph& graph, const Store& store, const RunFolder& run,
                          int jobs, const std::function<void(const Stage&)>& after_stage) {
  return Scheduler(graph, store, run, jobs, after_stage).go();
}

}  // namespace btx
