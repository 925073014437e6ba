#pragma once
// Answers in LaTeX that mean the same, written the same.

#include <string>

namespace tasks {

/// README.md has the rules and where they come from.
std::string normalised(std::string answer);

}  // namespace tasks
