#pragma once
// What the verbs that compare runs share.

#include "base/file.hpp"
#include "cli/cli.hpp"
#include "report/run_comparison.hpp"

#include <vector>

namespace btx {

/// Adds --baseline and --level to a verb.
void add_compare_options(Verb verb, CompareOptions& options);

/// Reads the runs, compares them, prints the comparison (with --json as JSON) and, unless `output`
/// is empty, writes compare.md and compare.json there. Throws btx::Error.
void compare_folders(const std::vector<fs::path>& runs, const CompareOptions& options,
                     const CommandLine& line, const fs::path& output);

}  // namespace btx
