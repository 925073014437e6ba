// peak_rss LIMIT_KIB COMMAND...: runs a command, says on stderr how much memory it and what it
// started had at most, and fails with 99 if that was more than the limit.

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const long limit = std::strtol(argv[1], nullptr, 10);
  const pid_t child = ::fork();
  if (child < 0) return 2;
  if (child == 0) {
    ::execvp(argv[2], argv + 2);
    std::perror(argv[2]);
    ::_exit(127);
  }
  int status = 0;
  rusage used{};
  if (::wait4(child, &status, 0, &used) != child) return 2;
  std::fprintf(stderr, "peak RSS %ld KiB of %ld\n", used.ru_maxrss, limit);
  if (used.ru_maxrss > limit) return 99;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
