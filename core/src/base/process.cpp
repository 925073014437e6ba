#include <btx/process.hpp>

#include <btx/error.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstring>

namespace btx {
namespace {

using Clock = std::chrono::steady_clock;

int spawn(const std::vector<std::string>& argv, int output, bool own_group, pid_t& pid) {
  std::vector<char*> arguments;
  arguments.reserve(argv.size() + 1);
  for (const auto& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  if (own_group) ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
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

/// Reads until the end of `fd` or a limit, which is noted in `result`.
void read_output(int fd, const ProcessLimits& limits, Clock::time_point end,
                 ProcessResult& result) {
  std::array<char, 65536> buffer{};
  while (true) {
    pollfd waiting{fd, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, limits.seconds > 0 ? left_until(end) : -1);
    if (ready < 0 && errno == EINTR) continue;
    result.out_of_time = ready == 0;
    if (ready <= 0) return;
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return;
    result.output.append(buffer.data(), static_cast<std::size_t>(got));
    result.out_of_space = limits.output_bytes > 0 && result.output.size() > limits.output_bytes;
    if (!result.out_of_space) continue;
    result.output.resize(limits.output_bytes);
    return;
  }
}

/// Kills the group if a limit was passed, and collects the status. Output may be closed by a
/// program that runs on: then the time that is left holds for its end too.
void finish(pid_t pid, const ProcessLimits& limits, Clock::time_point end, ProcessResult& result) {
  int status = 0;
  pid_t ended = 0;
  while (limits.seconds > 0 && !result.out_of_time && !result.out_of_space) {
    ended = ::waitpid(pid, &status, WNOHANG);
    if (ended != 0) break;
    result.out_of_time = Clock::now() >= end;
    ::poll(nullptr, 0, 1);
  }
  const bool limited = limits.seconds > 0 || limits.output_bytes > 0;
  if (limited) ::kill(-pid, SIGKILL);  // what it started and left behind, too
  while (ended == 0 && ::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

ProcessResult run_process(std::vector<std::string> argv, const ProcessLimits& limits) {
  const std::vector<std::string> env = {"env", "-C", limits.folder, "LC_ALL=C"};
  argv.insert(argv.begin(), env.begin(), env.end());
  const std::string name = argv[env.size()];
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw Error(fmt::format("cannot run {}: {}", name, std::strerror(errno)));
  }
  const bool limited = limits.seconds > 0 || limits.output_bytes > 0;
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                      std::chrono::duration<double>(limits.seconds));
  pid_t pid = 0;
  const int error = spawn(argv, ends[1], limited, pid);
  ::close(ends[1]);
  ProcessResult result;
  if (error == 0) read_output(ends[0], limits, end, result);
  ::close(ends[0]);
  if (error != 0) throw Error(fmt::format("cannot run {}: {}", name, std::strerror(error)));
  finish(pid, limits, end, result);
  return result;
}

}  // namespace btx
