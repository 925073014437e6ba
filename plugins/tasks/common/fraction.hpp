#pragma once
// Answers in LaTeX that are numbers, as fractions in lowest terms.

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace tasks {

/// Numerator and denominator (> 0) of an answer that is a whole number, a decimal or a
/// fraction of whole numbers, of at most 15 digits each; nothing for any other.
std::optional<std::pair<std::int64_t, std::int64_t>> fraction_in(std::string_view answer);

}  // namespace tasks
