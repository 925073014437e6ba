#pragma once
// Which calls of the kernel generated code may not make.

#include <btx/export.hpp>

#include <string>

namespace btx {

/// A path under which this process's children can read the filter, for bwrap --seccomp. It refuses
/// (EPERM) what holds memory that no process has mapped, which nobody counts: files in memory,
/// System V and POSIX queues and segments, shared mappings, io_uring; keyrings, which are the
/// user's; sockets but those of AF_UNIX. Calls of another architecture kill the program.
/// Throws btx::Error if it cannot be kept.   [any]
std::string sandbox_filter_file();

}  // namespace btx
