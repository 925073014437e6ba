#pragma once
// Hostile nesting is refused before a parser, or what walks its result, recurses.

#include <algorithm>
#include <string_view>

namespace btx {

/// Whether brackets are nested more than 64 deep; those in strings count too.   [any]
inline bool nested_too_deep(std::string_view json) {
  int depth = 0;
  return std::any_of(json.begin(), json.end(), [&](char c) {
    depth += c == '[' || c == '{' ? 1 : c == ']' || c == '}' ? -1 : 0;
    return depth > 64;
  });
}

}  // namespace btx
