#pragma once
// Small text helpers for messages and tables.

#include <btx/export.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace btx {

/// "; did you mean 'x'?" for the candidate nearest to `word` by edit distance, else "".
BTX_EXPORT std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);
/// The end of a message about a name that is not there: "; did you mean 'x'? known: a, b", or
/// "; known: a, b".
BTX_EXPORT std::string known_names(std::string_view word, const std::vector<std::string>& known);
/// "a, b, c".
BTX_EXPORT std::string join(const std::vector<std::string>& items, std::string_view between = ", ");
/// "3.4 MiB", "512 B".
BTX_EXPORT std::string format_bytes(double bytes);
/// "1.50M", "812K", "37".
BTX_EXPORT std::string format_count(double count);
/// "1m 05s", "12.3s".
BTX_EXPORT std::string format_seconds(double seconds);
/// Offset of the first byte that is not UTF-8, or npos. NUL is a character.
BTX_EXPORT std::size_t find_invalid_utf8(std::string_view text);
/// Shell-style match: '*' any characters, '?' one.
BTX_EXPORT bool glob_match(std::string_view pattern, std::string_view text);

}  // namespace btx
