#pragma once
// Text inside HTML.

#include <string>

namespace btx {

/// With the characters that HTML gives a meaning replaced.   [any]
inline std::string escape_html(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace btx
