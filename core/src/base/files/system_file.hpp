#pragma once
// Opening files, and what the system says when it refuses.

#include <filesystem>

namespace btx {

/// Throws btx::Error "cannot WHAT PATH: reason", for `reason` an errno; a full disk says what to
/// do.
[[noreturn]] void fail_on_file(const char* what, const std::filesystem::path& path, int reason);

/// Opens a regular file for reading and returns its descriptor. Throws btx::Error for all else: a
/// pipe would block, a device may have no end.
int open_regular_file(const std::filesystem::path& path);

}  // namespace btx
