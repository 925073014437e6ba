#pragma once
// Running a program of the system, without a shell.

#include <string>
#include <vector>

namespace btx::sources {

struct ProcessResult {
  int status = 0;      ///< exit code; 128 + signal; 127 if there is no such program
  std::string output;  ///< stdout and stderr together
};

/// Runs `argv` (looked up in PATH, messages in English) in `folder` and waits for its end.
/// Throws btx::Error if no process can be started.   [any]
ProcessResult run_process(std::vector<std::string> argv, const std::string& folder = ".");

}  // namespace btx::sources
