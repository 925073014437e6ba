#pragma once
// Changes to a recipe from the command line.

#include "config/value.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace btx {

/// A change taken apart: the key as it was written and its parts, and what is behind the '='
/// (nothing for ~key).
struct OverrideParts {
  std::string key;
  std::vector<std::string> path;
  std::optional<std::string> value;
};

/// Reads the form of a change, not its value. Throws btx::Error (usage) as apply_override() does.
BTX_EXPORT OverrideParts split_override(std::string_view text);

/// Applies one change to a document:
///   key.path=VALUE    VALUE is TOML, or a bare string where it is none: lr=3e-4, type=switch
///   +key.path=VALUE   the same; reads as "add" for keys that belong to a plugin
///   ~key.path         removes what is there
/// Keys are spelt as in TOML (a."b.c"=1); items of an array of tables are addressed by their name
/// (expert.math.train.tokens=5M). Tables on the way are created. The place of the new values is
/// "command line: " and the text. Throws btx::Error (usage).
BTX_EXPORT void apply_override(Value& root, std::string_view text);

}  // namespace btx
