#pragma once
// The values behind the '=' of an axis on a command line.

#include "config/value.hpp"

#include <optional>
#include <string>
#include <vector>

namespace btx {

/// "a,b" -> a, b; "1..3,7" -> 1, 2, 3, 7; nothing for a single value, such as one TOML array.
/// Throws btx::Error (usage) with `place`: an empty value, a range that runs backwards or is
/// longer than a sweep may be.
std::optional<std::vector<std::string>> sweep_values(const std::string& text, const Place& place);

}  // namespace btx
