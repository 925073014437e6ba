#pragma once
// What Python's json writes and reads, and JSON does not have.

#include <string>
#include <string_view>

namespace sources {

/// The line as JSON: NaN, Infinity, -Infinity and numbers too large for a double become 0.0 (they
/// are numbers, and neither ids nor texts), and half a surrogate pair in a string becomes U+FFFD.
/// All else stays, whether it is JSON or not.   [any]
std::string from_python_json(std::string_view line);

}  // namespace sources
