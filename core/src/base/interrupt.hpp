#pragma once
// SIGINT and SIGTERM as a request to stop soon: loops ask, finish what they are at, save and leave.

#include <btx/export.hpp>

namespace btx {

/// From now on SIGINT and SIGTERM set a flag; a second SIGINT ends the process with code 130.
BTX_EXPORT void catch_interrupts();
BTX_EXPORT bool interrupted();

}  // namespace btx
