#pragma once
// A recipe with everything it extends and the changes from the command line, as one document.

#include "base/file.hpp"
#include "config/value.hpp"

#include <string>
#include <vector>

namespace btx {

/// A recipe put together; only its form is checked so far.
struct LoadedRecipe {
  Value tree;                   ///< without `extends`; every value knows its file
  std::vector<fs::path> files;  ///< each file once, as opened, in the order of first use
};

/// Reads `path`. Its top-level `extends`, a file or a list of files relative to the file that says
/// so, is laid down first, in order; then the file itself, then the overrides (see
/// apply_override()); the later wins (see merge()). ${env:NAME} in strings is replaced last.
/// Throws btx::Error (usage) with the place: what parsing, merging, overrides and substitution
/// refuse; a recipe that extends itself, with the chain; chains of more than 32 files.
BTX_EXPORT LoadedRecipe load_recipe(const fs::path& path,
                                    const std::vector<std::string>& overrides = {});

}  // namespace btx
