#pragma once
// Running a program of the system, without a shell.

#include <btx/export.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace btx {

/// Where and how long a program may run. With a limit it has a process group of its own, all of
/// which is killed when the limit is passed and when the program ends. (What leaves the group, as
/// by setsid, is not found; run_python_sandboxed() has it killed by its process namespace.)
struct ProcessLimits {
  std::string folder = ".";
  std::string input = {};         ///< on its standard input
  double seconds = 0;             ///< of wall-clock time; 0: no limit
  std::size_t output_bytes = 0;   ///< of output; 0: no limit
  std::int64_t memory_bytes = 0;  ///< resident, of it and all it started together, what they share
                                  ///< counted for each; looked at every 10 ms; 0: no limit
};

/// How a program ended, and what it printed.
struct ProcessResult {
  int status = 0;              ///< exit code; 128 + signal; 127 if there is no such program
  std::string output;          ///< stdout and stderr together, cut at the limit
  bool out_of_time = false;    ///< killed for ProcessLimits::seconds
  bool out_of_space = false;   ///< killed for ProcessLimits::output_bytes
  bool out_of_memory = false;  ///< killed for ProcessLimits::memory_bytes
};

/// Runs `argv` (looked up in PATH, messages in English, no open file but its input and its output)
/// and waits until it has ended and its output is closed.
/// Throws btx::Error if no process can be started.   [any]
BTX_EXPORT ProcessResult run_process(std::vector<std::string> argv,
                                     const ProcessLimits& limits = {});

}  // namespace btx
