// What starters leave over: ignored and blocked signals, closed streams.
#include "base/inherited.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace {

/// What f returns in a process of its own.
template <class F>
int in_child(F&& f) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(f());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("ends of children are reported again, and no signal is blocked") {
  CHECK(in_child([] {
          ::signal(SIGCHLD, SIG_IGN);
          sigset_t all;
          ::sigfillset(&all);
          ::sigprocmask(SIG_SETMASK, &all, nullptr);
          btx::put_inherited_right();
          sigset_t now;
          ::sigprocmask(SIG_SETMASK, nullptr, &now);
          const bool blocked = ::sigismember(&now, SIGTERM) != 0;
          return !blocked && in_child([] { return 7; }) == 7 ? 0 : 1;
        }) == 0);
}

TEST_CASE("files that are opened do not become standard streams") {
  CHECK(in_child([] {
          for (int stream = 0; stream < 3; ++stream) ::close(stream);
          btx::put_inherited_right();
          return ::open("/dev/null", O_RDONLY) > 2 && ::write(2, "x", 1) == 1 ? 0 : 1;
        }) == 0);
}
