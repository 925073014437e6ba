#pragma once
// What a process has from whoever started it, and cannot rely on.

#include <btx/export.hpp>

namespace btx {

/// Puts right what may be left over: standard streams that are closed, whose numbers files would
/// get, lead nowhere; signals are not blocked; ends of child processes are reported. Before
/// anything else.   [main]
BTX_EXPORT void put_inherited_right();

}  // namespace btx
