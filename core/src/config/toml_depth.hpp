#pragma once
// A guard in front of the TOML parser, which recurses over dotted keys without a limit.

#include <string>
#include <string_view>

namespace btx {

/// Throws btx::Error (usage) with the place where brackets and dotted keys nest deeper than
/// kMaxDepth. Says nothing about whether the text is TOML.
void check_toml_depth(std::string_view text, const std::string& name);

}  // namespace btx
