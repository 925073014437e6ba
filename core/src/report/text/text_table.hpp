#pragma once
// Rows of cells as text: aligned for a terminal, and as Markdown.

#include <btx/export.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace btx {

/// The first row is the heading; all rows are as long as it.
using TextRows = std::vector<std::vector<std::string>>;

/// Columns padded to their widest cell. The first `left` columns are aligned to the left, the
/// others to the right.
BTX_EXPORT std::string aligned(const TextRows& rows, std::size_t left = 1);
/// The same as a table of Markdown.
std::string markdown(const TextRows& rows, std::size_t left = 1);

/// A paragraph each.
std::string markdown_paragraphs(const std::vector<std::string>& texts);

/// One line of text inside Markdown: what Markdown, or HTML in it, gives a meaning is escaped.
BTX_EXPORT std::string escape_markdown(std::string_view text);

}  // namespace btx
