#pragma once
// The final number of a worked answer, as text that is equal where the numbers are.

#include <optional>
#include <string>
#include <string_view>

namespace tasks {

/// The number that an answer ends in (README.md has the rules), as canonical decimal text: "1234",
/// "-0.5", a fraction as it stands, "1/2". Nothing if there is no number.
std::optional<std::string> final_number(std::string_view answer);

/// The canonical text of what is a number and, but for a currency sign, a per cent sign, white
/// space and a full stop, nothing else.
std::optional<std::string> only_number(std::string_view text);

}  // namespace tasks
