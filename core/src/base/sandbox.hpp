#pragma once
// What stands behind run_python_sandboxed().

#include <btx/sandbox.hpp>

namespace btx {

/// The program as this user, in a scratch folder that is removed, with the limits alone but that of
/// processes. Throws btx::Error if python3 is missing.   [any]
BTX_EXPORT ProcessResult run_python_limited(const std::string& program,
                                            const SandboxLimits& limits);

/// From now on allow_unsafe_code() throws; to be called before the first plugin is opened.   [main]
void seal_sandbox();
/// Whether allow_unsafe_code() was called, as --unsafe-code does.
BTX_EXPORT bool unsafe_code_allowed();

}  // namespace btx
