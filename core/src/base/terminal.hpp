#pragma once
// The way out to a terminal. Names and texts come from files that others made: what a terminal
// takes for commands, or a reader for btx's own lines, is shown and not obeyed.

#include <btx/export.hpp>

#include <cstdio>
#include <string>
#include <string_view>

namespace btx {

/// One line of text, to be shown: control characters, line breaks among them, as "\u001b", bytes
/// that are not UTF-8 as "\ufffd" (as JSON writes both), and a very long text without its middle.
/// [any]
BTX_EXPORT std::string printable(std::string_view text);

/// The same of text that has lines and tabs of its own, of any length.   [any]
BTX_EXPORT std::string printable_lines(std::string_view text);

/// Writes at once. What cannot be written, as on a full disk or to a terminal that is gone, is
/// dropped: a message is never worth the work it is about.   [any]
BTX_EXPORT void write_message(std::FILE* to, std::string_view text) noexcept;

}  // namespace btx
