// Programs of the system: status, output, limits, and that nothing runs on.

#include "base/interrupt.hpp"
#include "base/processes.hpp"

#include <btx/process.hpp>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>

using namespace btx;
using namespace btx_test;

namespace {

ProcessResult shell(const std::string& script, const ProcessLimits& limits = {}) {
  return run_process({"sh", "-c", script}, limits);
}

double seconds_of(auto&& f) {
  const auto start = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

TEST_CASE("a program's exit code and what it prints on both streams come back") {
  const auto result = shell("echo out; echo err >&2; exit 3");
  CHECK(result.status == 3);
  CHECK(result.output == "out\nerr\n");
  CHECK(!result.out_of_time);
  CHECK(!result.out_of_space);
  CHECK(shell("true").status == 0);
}

TEST_CASE("arguments are handed on as they are, messages are in English") {
  CHECK(run_process({"printf", "%s|", "a b", "$HOME", "'"}).output == "a b|$HOME|'|");
  CHECK(shell("echo $LC_ALL").output == "C\n");
}

TEST_CASE("a program runs in the folder that is named") {
  CHECK(run_process({"pwd"}, {.folder = "/usr"}).output == "/usr\n");
  const auto result = run_process({"pwd"}, {.folder = "/no/such/folder"});
  CHECK(result.status != 0);
  CHECK(contains(result.output, "/no/such/folder"));
}

TEST_CASE("a signal is 128 and its number, a missing program 127") {
  CHECK(shell("kill -TERM $$").status == 128 + SIGTERM);
  const auto missing = run_process({"no-such-program-here"});
  CHECK(missing.status == 127);
  CHECK(contains(missing.output, "no-such-program-here"));
}

TEST_CASE("a program reads the input, all of it, and nothing if there is none") {
  std::string text;
  for (int i = 0; i < 100000; ++i) text += std::to_string(i) + "\n";
  CHECK(run_process({"cat"}, {.input = text}).output == text);
  CHECK(run_process({"cat"}).output.empty());
  CHECK(run_process({"true"}, {.input = text}).status == 0);
}

TEST_CASE("a program has no other open file of this process") {
  const int file = ::open("/dev/null", O_RDONLY);  // without O_CLOEXEC
  REQUIRE(file > 2);
  // What is listed beside 0, 1 and 2 is the folder itself, while ls reads it.
  CHECK(run_process({"ls", "/proc/self/fd"}).output == "0\n1\n2\n3\n");
  ::close(file);
}

TEST_CASE("a program that runs too long is killed, with what it started") {
  const std::string script = "sleep 98764.25 & echo started; wait";
  ProcessResult result;
  const double seconds = seconds_of([&] { result = shell(script, {.seconds = 0.5}); });
  CHECK(seconds >= 0.5);
  CHECK(seconds < 5);
  CHECK(result.out_of_time);
  CHECK(!result.out_of_space);
  CHECK(result.status == 128 + SIGKILL);
  CHECK(result.output == "started\n");
  CHECK(!runs_on("98764.25"));
}

TEST_CASE("time holds for a program that has closed its output") {
  ProcessResult result;
  const double seconds =
      seconds_of([&] { result = shell("exec >&- 2>&-; exec sleep 1000", {.seconds = 0.5}); });
  CHECK(seconds < 5);
  CHECK(result.out_of_time);
  CHECK(result.status == 128 + SIGKILL);
}

TEST_CASE("a program that has closed its output is waited for, with an output limit alone too") {
  const std::string script = "exec >&- 2>&-; sleep 0.3; exit 7";
  CHECK(shell(script).status == 7);
  CHECK(shell(script, {.output_bytes = 100}).status == 7);
  const auto timed = shell(script, {.seconds = 60, .output_bytes = 100});
  CHECK(timed.status == 7);
  CHECK(!timed.out_of_time);
}

TEST_CASE("what a limited program leaves behind is killed when it ends") {
  const auto result = shell("sleep 98765.25 > /dev/null 2>&1 & echo", {.seconds = 60});
  CHECK(result.status == 0);
  CHECK(!result.out_of_time);
  CHECK(!runs_on("98765.25"));
}

TEST_CASE("output is cut at the limit, and the program killed") {
  ProcessResult result;
  const double seconds = seconds_of([&] { result = shell("yes", {.output_bytes = 100001}); });
  CHECK(seconds < 10);
  CHECK(result.out_of_space);
  CHECK(!result.out_of_time);
  CHECK(result.status == 128 + SIGKILL);
  CHECK(result.output.size() == 100001);
  CHECK(result.output.substr(0, 4) == "y\ny\n");
  CHECK(!shell("printf 1234", {.output_bytes = 4}).out_of_space);
}

TEST_CASE("a process that is to stop does not wait for programs or locks") {
  const auto path = scratch("interrupted") / "lock";
  const auto held = FileLock::wait(path);
  const auto code_of = [](auto&& f) {  // in a process of its own that gets SIGTERM after 0.2 s
    const pid_t child = ::fork();
    if (child == 0) {
      catch_interrupts();
      ::_exit(static_cast<int>(caught(f).code));
    }
    ::usleep(200000);
    ::kill(child, SIGTERM);
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  };
  const int interrupted = static_cast<int>(ExitCode::interrupted);
  const double seconds = seconds_of([&] {
    CHECK(code_of([] { shell("sleep 98763"); }) == interrupted);
    CHECK(code_of([] { shell("sleep 98763", {.seconds = 100}); }) == interrupted);
    CHECK(code_of([] { shell("exec >&- 2>&-; sleep 98763"); }) == interrupted);
    CHECK(code_of([&] { FileLock::wait(path); }) == interrupted);
  });
  CHECK(seconds < 20);
}

TEST_CASE("a program has its signals as it expects them") {
  void (*before)(int) = ::signal(SIGINT, SIG_IGN);
  CHECK(shell("kill -INT $$").status == 128 + SIGINT);
  ::signal(SIGINT, before);
}
