// Hostile programs in the sandbox: each ends in time, with the right verdict, and nothing of it
// runs on. Where there is no sandbox these are skipped, and what the limits alone do is tested.

#include "base/sandbox.hpp"

#include "base/processes.hpp"
#include "sandbox_tests.hpp"

#include <doctest/doctest.h>
#include <pwd.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>

using namespace btx;
using namespace btx_test;

namespace {

ProcessResult run(const std::string& program, double seconds = 20) {
  return run_python_sandboxed(program, {.seconds = seconds});
}

}  // namespace

TEST_CASE("sandbox: a program that is right ends with 0, and what it prints comes back" *
          needs_sandbox()) {
  const auto result = run("import math\nassert math.gcd(12, 18) == 6\nprint('\u00e9 6')");
  CHECK(result.status == 0);
  CHECK(result.output == "\u00e9 6\n");
}

TEST_CASE("sandbox: what is wrong ends with 1 and says why" * needs_sandbox()) {
  for (const auto& [program, error] : {std::pair{"assert 1 == 2", "AssertionError"},
                                       {"def f(:", "SyntaxError"},
                                       {"import no_such_module", "ModuleNotFoundError"},
                                       {"input()", "EOFError"}}) {
    const auto result = run(program);
    CAPTURE(result.output);
    CHECK(result.status == 1);
    CHECK(contains(result.output, error));
  }
}

TEST_CASE("sandbox: strings hash alike in every run" * needs_sandbox()) {
  const auto first = run("print(hash('sea'), list({'a', 'b', 'c', 'd'}))");
  CHECK(first.status == 0);
  CHECK(first.output == run("print(hash('sea'), list({'a', 'b', 'c', 'd'}))").output);
}

TEST_CASE("sandbox: an endless loop and a sleep with closed output end in time" * needs_sandbox()) {
  for (const char* program :
       {"while True: pass", "import os, time\nos.close(1)\nos.close(2)\ntime.sleep(1000)",
        "import signal\nfor s in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):\n"
        "  signal.signal(s, signal.SIG_IGN)\nwhile True: signal.pause()"}) {
    const auto start = std::chrono::steady_clock::now();
    const auto result = run(program, 1);
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    CHECK(result.out_of_time);
    CHECK(result.status == 128 + SIGKILL);
    CHECK(time.count() < 5);
  }
}

TEST_CASE("sandbox: a fork bomb stays small, and none of it runs on" * needs_sandbox()) {
  const auto result =
      run("import os, sys\n"
          "name = open('/proc/self/comm', 'w')\n"
          "name.write('btxforkbomb')\n"
          "name.close()\n"
          "refused = 0\n"
          "while refused < 10:\n"
          "  try:\n"
          "    if os.fork() == 0:\n"
          "      while True:\n"
          "        try: os.fork()\n"
          "        except OSError: pass\n"
          "  except OSError: refused += 1\n"
          "count = sum(name.isdigit() for name in os.listdir('/proc'))\n"
          "print('processes', count)\n"
          "sys.stdout.flush()\n"
          "while True: pass\n",
          3);
  CHECK(result.out_of_time);
  CHECK(contains(result.output, "processes 1"));  // at most 16, and one more that looks after them
  CAPTURE(result.output);
  CHECK(std::atoi(result.output.substr(result.output.find(' ') + 1).c_str()) <= 17);
  CHECK(!runs_on("btxforkbomb"));
}

TEST_CASE("sandbox: what leaves its process group or outlives the program is killed" *
          needs_sandbox()) {
  const auto result =
      run("import os, sys, time\n"
          "if os.fork() == 0:\n"
          "  os.setsid()\n"
          "  os.execv('/usr/bin/sleep', ['sleep', '98761.25'])\n"
          "time.sleep(0.3)\n"
          "print('ends')\n");
  CHECK(result.status == 0);
  CHECK(result.output == "ends\n");
  CHECK(!runs_on("98761.25"));
}

TEST_CASE("sandbox: a program cannot kill what started it" * needs_sandbox()) {
  const auto result =
      run("import os, signal\n"
          "for pid in (os.getppid(), 1, -1):\n"
          "  try: os.kill(pid, signal.SIGKILL)\n"
          "  except OSError as error: print(error)\n"
          "print('still here', os.getppid())\n");
  CHECK(result.status == 0);
  CHECK(contains(result.output, "still here 1\n"));
  CHECK(run("print('and the next one runs')").status == 0);
}

TEST_CASE("sandbox: memory, files and scratch folder have limits" * needs_sandbox()) {
  const auto memory = run("blocks = []\nwhile True: blocks.append(bytearray(1 << 24))");
  CHECK(memory.status == 1);
  CHECK(contains(memory.output, "MemoryError"));
  const auto file = run("open('big', 'wb').write(bytes(65 << 20))");
  CHECK(file.status != 0);
  CHECK(!file.out_of_time);
  const auto files =
      run("for i in range(100):\n"
          "  with open(str(i), 'wb') as file: file.write(bytes(1 << 20))\n");
  CHECK(files.status == 1);
  CHECK(contains(files.output, "No space left"));
}

TEST_CASE("sandbox: processes share the limit of memory" * needs_sandbox()) {
  const std::string fork_and_fill =
      "import os, time\n"
      "for _ in range(5):\n"
      "  if os.fork() == 0:\n"
      "    block = bytearray(os.urandom(1 << 20)) * 60\n"
      "    time.sleep(100)\n"
      "time.sleep(100)\n";
  const auto result =
      run_python_sandboxed(fork_and_fill, {.seconds = 20, .memory_bytes = 200LL << 20U});
  CHECK(result.out_of_memory);
  CHECK_FALSE(result.out_of_time);
  CHECK(result.status == 128 + SIGKILL);
}

TEST_CASE("sandbox: what a program prints is not taken for a fault of the sandbox" *
          needs_sandbox()) {
  const auto result = run("print('bwrap: cannot do it')\nraise SystemExit(3)");
  CHECK(result.status == 3);
  CHECK(result.output == "bwrap: cannot do it\n");
}

TEST_CASE("sandbox: files of the user and of the system cannot be read" * needs_sandbox()) {
  const passwd* user = ::getpwuid(::getuid());
  const std::string home = user == nullptr ? "/root" : user->pw_dir;
  for (const std::string& path : std::initializer_list<std::string>{
           "/etc/shadow", "/etc/passwd", home, BTX_SOURCE_DIR, "/var", "/sys"}) {
    const auto result =
        run("import os\nprint(os.path.lexists('" + path + "'))\nopen('" + path + "')");
    CAPTURE(path);
    CAPTURE(result.output);
    CHECK(result.status == 1);
    CHECK(contains(result.output, "False\n"));
    CHECK(contains(result.output, "FileNotFoundError"));
  }
}

TEST_CASE("sandbox: only the scratch folder can be written, and it is empty each time" *
          needs_sandbox()) {
  const auto result = run(
      "import os\n"
      "print(os.listdir('.'))\n"
      "open('here', 'w').write('x')\n"
      "for folder in ('/', '/usr', '/usr/lib', '/dev', '/dev/shm', '/proc', '/proc/sys/kernel',\n"
      "               '/bin', '/etc'):\n"
      "  try: open(folder + '/there', 'w'); print('wrote to', folder)\n"
      "  except OSError: pass\n"
      "print(os.getcwd(), os.listdir('.'))\n");
  CHECK(result.status == 0);
  CHECK(result.output == "[]\n/tmp ['here']\n");
  CHECK(run("import os\nprint(os.listdir('.'))").output == "[]\n");
}

TEST_CASE("sandbox: there is no network, and no socket but between its own processes" *
          needs_sandbox()) {
  const auto result =
      run("import socket\n"
          "for family in range(46):\n"
          "  try: print(socket.AddressFamily(socket.socket(family).family).name)\n"
          "  except OSError: pass\n"
          "a, b = socket.socketpair()\n"
          "a.send(b'x')\n"
          "print(b.recv(1))\n");
  CHECK(result.status == 0);
  CHECK(result.output == "AF_UNIX\nb'x'\n");
}

TEST_CASE("sandbox: no memory is held that no process has mapped" * needs_sandbox()) {
  const auto result =
      run("import ctypes, mmap, os, resource\n"
          "libc = ctypes.CDLL(None, use_errno=True)\n"
          "def refused(what, call):\n"
          "  try: print(what, 'refused' if call() == -1 and ctypes.get_errno() == 1 else 'made')\n"
          "  except PermissionError: print(what, 'refused')\n"
          "refused('file', lambda: os.memfd_create('x'))\n"
          "refused('segment', lambda: libc.shmget(0, ctypes.c_size_t(1 << 20), 0o1600))\n"
          "refused('queue', lambda: libc.msgget(0, 0o1600))\n"
          "refused('shared', lambda: mmap.mmap(-1, 1 << 20))\n"
          "zero = os.open('/dev/zero', os.O_RDWR)\n"
          "refused('shared zeros', lambda: mmap.mmap(zero, 1 << 20))\n"
          "refused('ring', lambda: libc.syscall(425, 8, ctypes.create_string_buffer(200)))\n"
          "print('own', len(mmap.mmap(-1, 1 << 20, flags=mmap.MAP_PRIVATE)))\n"
          "print('open files', resource.getrlimit(resource.RLIMIT_NOFILE))\n");
  CHECK(result.status == 0);
  CHECK(result.output ==
        "file refused\nsegment refused\nqueue refused\nshared refused\nshared zeros refused\n"
        "ring refused\nown 1048576\nopen files (64, 64)\n");
}

TEST_CASE("sandbox: keyrings of the user are not seen" * needs_sandbox()) {
  const std::string program =
      "import ctypes\n"
      "libc = ctypes.CDLL(None, use_errno=True)\n"
      "numbers = {'x86_64': (250, 248, 249), 'aarch64': (219, 217, 218)}\n"
      "import os\n"
      "for call in numbers[os.uname().machine]:\n"
      "  print(libc.syscall(call, 0, -3, 1, 0, 0), ctypes.get_errno())\n"
      "for file in ('keys', 'key-users'):\n"
      "  try: print(open('/proc/' + file).read())\n"
      "  except OSError: pass\n";
  const auto result = run(program);
  CAPTURE(result.output);
  CHECK(result.status == 0);
  CHECK(result.output.starts_with("-1 1\n-1 1\n-1 1\n"));
  CHECK(!contains(result.output, "keyring"));
}

TEST_CASE("sandbox: a program learns nothing of the environment, and is not root" *
          needs_sandbox()) {
  ::setenv("BTX_TEST_SECRET", "s3cret", 1);
  const auto result = run(
      "import os\n"
      "print(sorted(os.environ), os.uname().nodename)\n"
      "for pid in (1, os.getppid()):\n"
      "  try: print(open(f'/proc/{pid}/environ').read())\n"
      "  except OSError: pass\n"
      "print([line.split()[1] for line in open('/proc/self/status') if line[:7] == 'CapEff:'])\n"
      "try: os.setuid(0); print('root' if os.getuid() == 0 and os.access('/usr', os.W_OK) else "
      "'')\n"
      "except OSError: print('refused')\n");
  ::unsetenv("BTX_TEST_SECRET");
  CAPTURE(result.output);
  CHECK(!contains(result.output, "SECRET"));
  CHECK(contains(result.output, "sandbox\n"));
  CHECK(contains(result.output, "['0000000000000000']"));
  CHECK(!contains(result.output, "root"));
}

TEST_CASE("sandbox: a million lines are cut" * needs_sandbox()) {
  const auto result = run("for i in range(10 ** 6): print('line', i)");
  CHECK(result.out_of_space);
  CHECK(!result.out_of_time);
  CHECK(result.status == 128 + SIGKILL);
  CHECK(result.output.size() == SandboxLimits{}.output_bytes);
  CHECK(result.output.substr(0, 14) == "line 0\nline 1\n");
}

TEST_CASE("where there is no sandbox generated code is refused, with the way out" *
          doctest::skip(sandbox_obstacle().empty())) {
  MESSAGE("the tests of the sandbox are skipped: " << sandbox_obstacle());
  const auto refused = caught([] { run_python_sandboxed("print(1)"); });
  CHECK(refused.code == ExitCode::usage);
  CHECK(contains(refused.message, sandbox_obstacle()));
  CHECK(contains(refused.message, "--unsafe-code"));
}

TEST_CASE("the limits alone: time, memory, files, output, what is left behind") {
  const auto limited = [](const std::string& program, double seconds = 20) {
    return run_python_limited(program, {.seconds = seconds, .output_bytes = 10000});
  };
  CHECK(limited("print(6 * 7)").output == "42\n");
  CHECK(limited("assert False").status == 1);
  CHECK(limited("while True: pass", 1).out_of_time);
  CHECK(contains(limited("x = bytearray(2 << 30)").output, "MemoryError"));
  CHECK(limited("open('big', 'wb').write(bytes(65 << 20))").status != 0);
  CHECK(limited("while True: print('line')").out_of_space);
  const auto folder = limited("import os\nprint(os.getcwd(), end='')").output;
  CHECK(contains(folder, "btx-code-"));
  CHECK(!fs::exists(folder));
  const auto left = limited(
      "import subprocess\n"
      "subprocess.Popen(['sleep', '98762.25'], stdout=subprocess.DEVNULL, "
      "stderr=subprocess.DEVNULL)\n");
  CHECK(left.status == 0);
  CHECK(!runs_on("98762.25"));
}
