#pragma once
// Running code that a model wrote: without network, without the user's files, within limits.

#include <btx/process.hpp>

#include <cstdint>
#include <string>

namespace btx {

/// What generated code may use.
struct SandboxLimits {
  double seconds = 5;                     ///< of wall-clock time
  std::int64_t memory_bytes = 1LL << 30;  ///< of address space, of each process
  std::int64_t processes = 16;            ///< at a time
  std::size_t output_bytes = 1 << 20;
};

/// Runs a Python program with the system's python3 in bubblewrap: no network, the system read-only,
/// nothing of the home folders, an empty scratch folder that is removed afterwards.
/// Throws btx::Error where there is no sandbox (bubblewrap missing, user namespaces off) unless
/// allow_unsafe_code() was called; then the program runs with the limits alone.   [any]
BTX_EXPORT ProcessResult run_python_sandboxed(const std::string& program,
                                              const SandboxLimits& limits = {});

/// Why there is no sandbox here, or "" if there is one.   [any]
BTX_EXPORT std::string sandbox_obstacle();

/// The user has asked for generated code to run without a sandbox (--unsafe-code).   [main]
BTX_EXPORT void allow_unsafe_code();

}  // namespace btx
