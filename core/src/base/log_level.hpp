#pragma once
// Which messages are shown.

#include <btx/log.hpp>

namespace btx {

/// Lines below `level` are dropped from now on, and progress is shown from info on (default: info).
BTX_EXPORT void set_log_level(LogLevel level);
/// The level of the last set_log_level(); stages are started with it.
BTX_EXPORT LogLevel log_level();

}  // namespace btx
