#pragma once
// JSON files that say their own digest, so that a bit that rots in them is found.

#include "base/file.hpp"
#include "config/value.hpp"

namespace btx {

/// Writes a table as JSON with its digest as one more member, "digest" (write_file()).
BTX_EXPORT void write_sealed_json(const fs::path& path, Value table, bool durable = false);

/// Reads such a file; one without a digest, from an earlier version, is taken as it is.
/// Throws btx::Error naming the path: not JSON, no table, or not what was written.
BTX_EXPORT Value read_sealed_json(const fs::path& path);

}  // namespace btx
