#pragma once
// Where the answer of a worked solution stands.

#include <optional>
#include <string>
#include <string_view>

namespace math {

/// What the last \boxed{...} (or \fbox{...}, or "\boxed 5") of the text holds.
std::optional<std::string> last_boxed(std::string_view text);

/// The answer of a solution: its last box, else what follows "The final answer is".
std::optional<std::string> final_answer(std::string_view solution);

}  // namespace math
