#pragma once
// Hostile nesting is refused before a parser, or what walks its result, recurses.

#include <string_view>

namespace btx {

/// Whether brackets outside strings are nested more than 64 deep.   [any]
inline bool nested_too_deep(std::string_view json) {
  int depth = 0;
  bool in_string = false;
  bool escaped = false;
  for (const char c : json) {
    if (in_string) {
      in_string = escaped || c != '"';
      escaped = !escaped && c == '\\';
      continue;
    }
    in_string = c == '"';
    depth += c == '[' || c == '{' ? 1 : c == ']' || c == '}' ? -1 : 0;
    if (depth > 64) return true;
  }
  return false;
}

}  // namespace btx
