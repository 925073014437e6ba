#pragma once
// Running code that a model wrote: without network, without the user's files, within limits.

#include <btx/process.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace btx {

/// What generated code may use.
struct SandboxLimits {
  double seconds = 5;                      ///< of wall-clock time, the start of Python included
  std::int64_t memory_bytes = 1LL << 30;   ///< of address space, of each process; and resident,
                                           ///< of all together (ProcessLimits::memory_bytes)
  std::int64_t processes = 16;             ///< and threads, at a time
  std::int64_t file_bytes = 64LL << 20;    ///< of the scratch folder, and of each file
  std::size_t output_bytes = 1ULL << 20U;  ///< printed
};

/// Runs a Python program with /usr/bin/python3 in bubblewrap: no network, only /usr and what it
/// needs of the system, read-only, nothing of the home folders, an empty environment, an empty
/// scratch folder in memory that is the working folder and the only one that can be written, and
/// namespaces of its own, with which whatever it started ends. Root runs it as nobody. The program
/// comes on standard input, which is at its end when it runs; hashes of strings are the same each
/// time.
/// Throws btx::Error where there is no sandbox unless the user said --unsafe-code: then the program
/// runs as this user, in a scratch folder and with the limits alone, without that of
/// `processes`, which the system would count over all of the user's.   [any]
BTX_EXPORT ProcessResult run_python_sandboxed(const std::string& program,
                                              const SandboxLimits& limits = {});

/// From now on generated code runs without a sandbox where there is none, as the user has asked
/// (--unsafe-code). For programs: throws btx::Error once a plugin may be open, so that no plugin
/// switches the sandbox off.   [main]
BTX_EXPORT void allow_unsafe_code();

/// Why there is no sandbox here (bubblewrap is missing, user namespaces are off) and what to do, or
/// "" if there is one. Found out once, by running a program of one line.   [any]
BTX_EXPORT std::string sandbox_obstacle();

}  // namespace btx
