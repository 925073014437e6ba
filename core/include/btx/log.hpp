#pragma once
// Logging through the one logger that the core owns. Messages go to stderr, so that stdout stays
// free for results and --json.

#include <btx/export.hpp>

#include <string>

namespace btx {

/// How much a message matters, ascending. Shown are info and above; with --verbose all, with
/// --quiet errors alone.
enum class LogLevel { debug, info, warning, error };

/// Writes one line. Never throws; a message that cannot be written is dropped.   [any]
BTX_EXPORT void log(LogLevel level, const std::string& message) noexcept;

}  // namespace btx
