#pragma once
// How scalars are spelt, in TOML and JSON alike.

#include <string>
#include <string_view>

namespace btx {

/// The text in double quotes, with the escapes that TOML and JSON share.
std::string quote(std::string_view text);

/// The shortest text that reads back to the same bits and cannot be taken for an integer; "inf",
/// "-inf" and "nan" for the others.
std::string float_text(double number);

}  // namespace btx
