#pragma once
// What processes that were killed had no time to remove.

#include "base/file.hpp"

namespace btx {

/// Removes the unfinished files that write_file() of processes that have ended left in a folder.
BTX_EXPORT void remove_unfinished_files(const fs::path& folder);

/// Removes the temporary folders (TemporaryFolder) that processes that have ended left in `parent`.
BTX_EXPORT void remove_temporary_folders(const fs::path& parent);

/// Held by whoever uses a temporary folder, which is known by it.
inline constexpr const char* kTemporaryLock = ".btx-lock";

}  // namespace btx
