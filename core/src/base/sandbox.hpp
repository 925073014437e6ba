#pragma once
// What stands behind run_python_sandboxed().

#include <btx/sandbox.hpp>

namespace btx {

/// The program as this user, in a scratch folder that is removed, with the limits alone but that of
/// processes. Throws btx::Error if python3 is missing.   [any]
BTX_EXPORT ProcessResult run_python_limited(const std::string& program,
                                            const SandboxLimits& limits);

/// From now on generated code runs without a sandbox where there is none, as the user has asked
/// (--unsafe-code). Not exported: no plugin can do so.   [main]
void allow_unsafe_code();
/// Whether allow_unsafe_code() was called, as --unsafe-code does.
BTX_EXPORT bool unsafe_code_allowed();

}  // namespace btx
