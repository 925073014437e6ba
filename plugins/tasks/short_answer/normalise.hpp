#pragma once
// Short answers as they are compared.

#include <string>
#include <string_view>

namespace tasks {

/// Lower case, no punctuation, no articles, single spaces (README.md has the rules). Only white
/// space becomes "".
std::string normalised(std::string_view text);

/// The first line that is not blank; "" if there is none.
std::string_view first_line(std::string_view text);

}  // namespace tasks
