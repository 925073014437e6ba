#pragma once
// On what models were computed, for the notes of reports and comparisons.

#include <map>
#include <string>
#include <vector>

namespace btx {

/// `who` by ComputedOn::text(): models, or runs. "" if nothing is known; one sentence where all is
/// alike, else one that names who was computed on what.
std::string computed_text(const std::map<std::string, std::vector<std::string>>& who);

}  // namespace btx
