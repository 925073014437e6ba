#include <btx/process.hpp>

#include "base/interrupt.hpp"

#include <btx/error.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

namespace btx {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// A file descriptor, closed at the end of its scope.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return fd_; }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
};

bool limited(const ProcessLimits& limits) {
  return limits.seconds > 0 || limits.output_bytes > 0 || limits.memory_bytes > 0;
}

/// A file in memory that holds `text` and cannot be changed; -1, with errno, if there is none.
int input_file(const std::string& text) {
  Descriptor file(::memfd_create("input", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t put = ::write(file.get(), text.data() + done, text.size() - done);
    if (put < 0) return -1;
    done += static_cast<std::size_t>(put);
  }
  if (::lseek(file.get(), 0, SEEK_SET) != 0) return -1;
  ::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
  return ::fcntl(file.get(), F_DUPFD_CLOEXEC, 0);
}

int spawn(const std::vector<std::string>& argv, int input, int output, bool own_group, pid_t& pid) {
  std::vector<char*> arguments;
  arguments.reserve(argv.size() + 1);
  for (const auto& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  // Signals as a program expects them, whatever this process does with them.
  sigset_t none, all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  const int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
  ::posix_spawnattr_setflags(&attributes,
                             static_cast<short>(own_group ? flags | POSIX_SPAWN_SETPGROUP : flags));
  const int error =
      ::posix_spawnp(&pid, arguments[0], &actions, &attributes, arguments.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  return error;
}

/// Milliseconds until `end`, at least 0.
int left_until(Clock::time_point end) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 1 << 30));
}

/// Bytes of memory that a process and all that descend from it have resident.
std::int64_t resident_bytes(pid_t root) {
  std::int64_t pages = 0;
  std::vector<pid_t> processes = {root};
  for (std::size_t i = 0; i < processes.size(); ++i) {
    const fs::path folder = "/proc/" + std::to_string(processes[i]);
    std::int64_t size = 0;
    std::int64_t resident = 0;
    if (std::ifstream(folder / "statm") >> size >> resident) pages += resident;
    std::error_code gone;
    for (fs::directory_iterator thread(folder / "task", gone), end; !gone && thread != end;
         thread.increment(gone)) {
      std::ifstream children(thread->path() / "children");
      for (pid_t child = 0; children >> child;) processes.push_back(child);
    }
  }
  return pages * ::sysconf(_SC_PAGESIZE);
}

/// The limits of one process, and which of them it has passed.
class Watch {
 public:
  Watch(pid_t pid, const ProcessLimits& limits, Clock::time_point end, ProcessResult& result)
      : pid_(pid), limits_(limits), end_(end), result_(result) {}

  /// Milliseconds until the limits, and whether this process is to stop, are to be looked at again.
  int patience() const {
    const int between = limits_.memory_bytes > 0 ? kBetweenLooks : kBetweenQuestions;
    return limits_.seconds > 0 ? std::min(left_until(end_), between) : between;
  }

  bool over() {
    if (interrupted()) return true;
    result_.out_of_time = limits_.seconds > 0 && Clock::now() >= end_;
    result_.out_of_memory = limits_.memory_bytes > 0 && resident_bytes(pid_) > limits_.memory_bytes;
    return result_.out_of_time || result_.out_of_memory;
  }

  /// Takes a piece of output; whether that is too much.
  bool over(const char* data, std::size_t size) {
    result_.output.append(data, size);
    result_.out_of_space = limits_.output_bytes > 0 && result_.output.size() > limits_.output_bytes;
    if (result_.out_of_space) result_.output.resize(limits_.output_bytes);
    return result_.out_of_space;
  }

 private:
  static constexpr int kBetweenLooks = 10;
  static constexpr int kBetweenQuestions = 100;

  pid_t pid_;
  const ProcessLimits& limits_;
  Clock::time_point end_;
  ProcessResult& result_;
};

/// Reads until the end of `fd`; false when a limit has been passed.
bool read_output(int fd, Watch& watch) {
  std::array<char, 65536> buffer{};
  while (true) {
    pollfd waiting{fd, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, watch.patience());
    if (ready < 0 && errno == EINTR) continue;
    if (watch.over()) return false;
    if (ready == 0) continue;
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return true;
    if (watch.over(buffer.data(), static_cast<std::size_t>(got))) return false;
  }
}

/// Whether the process has ended; it is not collected, so that its group keeps its number.
bool has_exited(pid_t pid) {
  siginfo_t info{};
  const int options = WEXITED | WNOWAIT | WNOHANG;
  while (::waitid(P_PID, static_cast<id_t>(pid), &info, options) != 0 && errno == EINTR) {
  }
  return info.si_pid == pid;
}

/// Waits for the end, or until a limit is passed: output may be closed by a program that runs on.
void await_end(pid_t pid, Watch& watch) {
  while (!has_exited(pid) && !watch.over()) ::poll(nullptr, 0, 1);
}

int collect(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

[[noreturn]] void cannot_run(const std::string& name, int error) {
  throw Error(fmt::format("cannot run {}: {}", name, std::strerror(error)));
}

}  // namespace

ProcessResult run_process(std::vector<std::string> argv, const ProcessLimits& limits) {
  const std::string name = argv.at(0);
  const std::vector<std::string> env = {"env", "-C", limits.folder, "LC_ALL=C"};
  argv.insert(argv.begin(), env.begin(), env.end());
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) cannot_run(name, errno);
  const Descriptor output(ends[0]);
  Descriptor written(ends[1]);
  const Descriptor input(input_file(limits.input));
  if (input.get() < 0) cannot_run(name, errno);
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                      std::chrono::duration<double>(limits.seconds));
  pid_t pid = 0;
  const int error = spawn(argv, input.get(), written.get(), limited(limits), pid);
  if (error != 0) cannot_run(name, error);
  written.close();
  ProcessResult result;
  Watch watch(pid, limits, end, result);
  if (read_output(output.get(), watch)) await_end(pid, watch);
  if (limited(limits)) {
    ::kill(-pid, SIGKILL);  // also what it left behind
  } else if (interrupted()) {
    ::kill(pid, SIGTERM);
  }
  result.status = collect(pid);
  leave_if_interrupted();
  return result;
}

}  // namespace btx
