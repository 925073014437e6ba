#pragma once
// Results on standard output, whose texts may come from files that others made (base/terminal.hpp).
// Whether all could be written is asked once, at the end (run_command_line()).

#include "base/terminal.hpp"
#include "config/value.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace btx {

/// Text of several lines: a table, a report, JSON.
inline void print_text(std::string_view text) {
  const std::string safe = printable_lines(text);
  std::fwrite(safe.data(), 1, safe.size(), stdout);
}

/// A value as JSON, on one line.
inline void print_value(const Value& value) {
  print_text(to_json(value) + "\n");
}

/// What print() shows of an argument: printable() of a text, anything else as it is.
template <class T>
auto shown(const T& argument) {
  if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    return printable(argument);
  } else {
    return argument;
  }
}
template <class T>
using Shown = decltype(shown(std::declval<const T&>()));

/// fmt::print() with each text among the arguments made printable(): it stays in its line.
template <class... Args>
void print(fmt::format_string<Shown<Args>...> format, const Args&... arguments) {
  print_text(fmt::format(format, shown(arguments)...));
}

}  // namespace btx
