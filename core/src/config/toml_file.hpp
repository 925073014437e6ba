#pragma once
// TOML text to a tree of values; the only place that knows the TOML library.

#include "base/file.hpp"
#include "config/value.hpp"

#include <string>
#include <string_view>

namespace btx {

/// The document in a file; the place of every value names the file as given. Throws btx::Error
/// (usage): what parse_toml_text() refuses, or a file that is missing or cannot be read, with
/// `asked_by`, the place that names the file, in front.   [any]
BTX_EXPORT Value parse_toml(const fs::path& path, const Place& asked_by = {});

/// The document in a text; `name` stands for the file. Throws btx::Error (usage) with the place:
/// no TOML, a date or time, nesting beyond kMaxDepth.   [any]
BTX_EXPORT Value parse_toml_text(std::string_view text, const std::string& name);

}  // namespace btx
