#include "base/sandbox.hpp"

#include "base/file.hpp"
#include "base/sandbox_filter.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <vector>

namespace btx {
namespace {

using Arguments = std::vector<std::string>;

constexpr const char* kPython = "/usr/bin/python3";
constexpr int kOpenFiles = 64;
/// Printed once everything is set up, before the program can print.
constexpr const char* kStarted = "btx: started";

std::atomic<bool>& unsafe_code() {
  static std::atomic<bool> allowed{false};
  return allowed;
}

/// Whether plugins may be open.
bool& sealed() {
  static bool closed = false;
  return closed;
}

void append(Arguments& words, const Arguments& more) {
  words.insert(words.end(), more.begin(), more.end());
}

/// "" or the first program of the system that is not there, and the Debian package that has it.
std::string missing_program(const std::vector<std::pair<std::string, std::string>>& programs) {
  for (const auto& [path, package] : programs) {
    if (::access(path.c_str(), X_OK) != 0) {
      return fmt::format("{} is not there; install the Debian package {}", path, package);
    }
  }
  return "";
}

/// Python under the limits.
Arguments limited_python(const SandboxLimits& limits, const Arguments& more_limits) {
  Arguments words = {"/usr/bin/prlimit", fmt::format("--as={}", limits.memory_bytes),
                     fmt::format("--fsize={}", limits.file_bytes),
                     // Time is up long before, but for what outlives a run without a sandbox.
                     fmt::format("--cpu={:.0f}", std::ceil(limits.seconds) + 1), "--core=0"};
  append(words, more_limits);
  // -s -B: nothing of a home folder, no compiled files.
  append(words, {"--", "/bin/sh", "-c", std::string("echo '") + kStarted + "'; exec \"$0\" \"$@\"",
                 kPython, "-s", "-B", "-"});
  return words;
}

/// All of the environment that a program has, and what starts it.
Arguments environment(const std::string& home) {
  return {"/usr/bin/env",     "-i",          "PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8",
          "PYTHONHASHSEED=0", "HOME=" + home};
}

/// The system: /usr, and beside it what is a link into it or, on older systems, a folder.
Arguments system_folders() {
  Arguments words = {"--ro-bind", "/usr", "/usr"};
  for (const char* folder : {"/bin", "/lib", "/lib32", "/lib64", "/sbin"}) {
    if (fs::is_symlink(folder)) {
      append(words, {"--symlink", fs::read_symlink(folder).string(), folder});
    } else if (fs::is_directory(folder)) {
      append(words, {"--ro-bind", folder, folder});
    }
  }
  // Where the dynamic loader finds libraries, and nothing else of /etc.
  for (const char* path : {"/etc/ld.so.cache", "/etc/alternatives"}) {
    append(words, {"--ro-bind-try", path, path});
  }
  return words;
}

/// Whether this is the root that the kernel knows: in a user namespace of its own, as in a
/// container that a user started, root is that user, and nobody may not be there.
bool is_root_of_the_machine() {
  std::uint64_t inside = 1;
  std::uint64_t outside = 1;
  std::ifstream("/proc/self/uid_map") >> inside >> outside;
  return ::geteuid() == 0 && inside == 0 && outside == 0;
}

Arguments sandbox(const SandboxLimits& limits) {
  // Also of bubblewrap itself, whose environment the program can read.
  Arguments words = environment("/tmp");
  // Opened by whoever btx runs as, before nobody would have to.
  append(words, {"/bin/sh", "-c", "exec 3<\"$0\"; exec \"$@\"", sandbox_filter_file()});
  // The kernel does not count root's processes, and root can do more harm.
  if (is_root_of_the_machine()) {
    append(words, {"/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"});
  }
  append(words, {"/usr/bin/bwrap", "--unshare-all", "--unshare-user", "--disable-userns",
                 "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "sandbox",
                 "--seccomp", "3"});
  append(words, system_folders());
  append(words, {"--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"});
  for (const char* file : {"/proc/keys", "/proc/key-users"}) {  // what keys the user has
    if (fs::exists(file)) append(words, {"--ro-bind", "/dev/null", file});
  }
  append(words, {"--size", std::to_string(limits.file_bytes), "--tmpfs", "/tmp", "--chdir", "/tmp",
                 "--remount-ro", "/", "--"});
  // What buffers of pipes and sockets hold is bounded by their number.
  append(words, limited_python(limits, {fmt::format("--nproc={}", limits.processes),
                                        fmt::format("--nofile={}", kOpenFiles)}));
  return words;
}

ProcessLimits process_limits(const std::string& program, const SandboxLimits& limits,
                             const std::string& folder) {
  return {.folder = folder,
          .input = program,
          .seconds = limits.seconds,
          .output_bytes = limits.output_bytes + std::strlen(kStarted) + 1,
          .memory_bytes = limits.memory_bytes};
}

/// Takes away the line that says that a program has begun; false if it is not there.
bool take_start(std::string& output) {
  const std::string line = std::string(kStarted) + "\n";
  if (!output.starts_with(line)) return false;
  output.erase(0, line.size());
  return true;
}

/// What a program that was started has done. What keeps it from being started (no memory, no
/// process to be had) is not its failure; time may be up before that.
ProcessResult result_of(ProcessResult result) {
  if (!take_start(result.output) && !result.out_of_time) {
    throw Error(fmt::format("generated code could not be started: {} (exit code {})", result.output,
                            result.status));
  }
  return result;
}

std::string find_obstacle() {
  std::string missing = missing_program({{"/usr/bin/bwrap", "bubblewrap"},
                                         {"/usr/bin/prlimit", "util-linux"},
                                         {"/usr/bin/setpriv", "util-linux"},
                                         {kPython, "python3"}});
  if (!missing.empty()) return missing;
  // A machine may be busy: only this one run may take long.
  auto result = run_process(sandbox({}), process_limits("print(6 * 7)", {.seconds = 60}, "/"));
  if (take_start(result.output) && result.status == 0 && result.output == "42\n") return "";
  return fmt::format(
      "bubblewrap does not run here: {} (exit code {}); it needs user namespaces "
      "(sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone; in a container, leave "
      "to "
      "make them)",
      result.output.substr(0, result.output.find('\n')), result.status);
}

/// A new folder for temporary files, removed with everything in it.
class ScratchFolder {
 public:
  ScratchFolder() : path_((fs::temp_directory_path() / "btx-code-XXXXXX").string()) {
    if (::mkdtemp(path_.data()) == nullptr) {
      throw Error(fmt::format("cannot make folder {}: {}", path_, std::strerror(errno)));
    }
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace

ProcessResult run_python_limited(const std::string& program, const SandboxLimits& limits) {
  const std::string missing = missing_program({{"/usr/bin/prlimit", "util-linux"},
                                               {"/usr/bin/setpriv", "util-linux"},
                                               {kPython, "python3"}});
  if (!missing.empty()) throw Error("generated code cannot run: " + missing);
  const ScratchFolder scratch;
  Arguments words = environment(scratch.path());
  append(words, {"/usr/bin/setpriv", "--pdeathsig=KILL", "--"});
  append(words, limited_python(limits, {}));
  return result_of(run_process(words, process_limits(program, limits, scratch.path())));
}

ProcessResult run_python_sandboxed(const std::string& program, const SandboxLimits& limits) {
  const std::string obstacle = sandbox_obstacle();
  if (obstacle.empty()) {
    return result_of(run_process(sandbox(limits), process_limits(program, limits, "/")));
  }
  if (unsafe_code_allowed()) return run_python_limited(program, limits);
  throw Error(ExitCode::usage,
              fmt::format("generated code runs in a sandbox only, and there is none here: {}. To "
                          "run it as you, with your files and network: --unsafe-code",
                          obstacle));
}

std::string sandbox_obstacle() {
  static const std::string obstacle = find_obstacle();
  return obstacle;
}

void allow_unsafe_code() {
  if (sealed())
    throw Error("unsafe code can be allowed by a program alone, before it opens plugins");
  unsafe_code() = true;
}

void seal_sandbox() {
  sealed() = true;
}

bool unsafe_code_allowed() {
  return unsafe_code();
}

}  // namespace btx
