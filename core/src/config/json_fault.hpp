#pragma once
// What the JSON library says is wrong with a text, made fit for a message.

#include <btx/export.hpp>

#include <string>
#include <string_view>

namespace btx {

/// The message of an exception of nlohmann/json without its number, and with the end alone of what
/// the library last read, which may be as long as the text: "parse error at line 1, column 9:
/// ...; last read: '...fore\q'".   [any]
BTX_EXPORT std::string json_fault(std::string_view message);

}  // namespace btx
