#include "report/text/text_table.hpp"

#include "base/terminal.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace btx {

std::string aligned(const TextRows& given, std::size_t left) {
  TextRows rows = given;
  for (auto& row : rows) {
    for (auto& cell : row) cell = printable(cell);
  }
  std::vector<std::size_t> widths(rows[0].size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      out += i == 0 ? "" : "  ";
      out += i < left ? fmt::format("{:<{}}", row[i], widths[i])
                      : fmt::format("{:>{}}", row[i], widths[i]);
    }
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
  }
  return out;
}

std::string markdown(const TextRows& rows, std::size_t left) {
  std::string out;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (const auto& cell : rows[r]) out += "| " + escape_markdown(cell) + " ";
    out += "|\n";
    if (r > 0) continue;
    for (std::size_t i = 0; i < rows[r].size(); ++i) out += i < left ? "|---" : "|---:";
    out += "|\n";
  }
  return out;
}

std::string markdown_paragraphs(const std::vector<std::string>& texts) {
  std::string out;
  for (const auto& text : texts) out += (out.empty() ? "" : "\n") + escape_markdown(text) + "\n";
  return out;
}

std::string escape_markdown(std::string_view text) {
  const std::string line = printable(text);
  std::string out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i], next = i + 1 < line.size() ? line[i + 1] : ' ';
    // Brackets alone are no link, stars and underscores in numbers and names nothing.
    const bool link = c == ']' && (next == '(' || next == ':' || next == '[');
    if (c == '<' || c == '&') {
      out += c == '<' ? "&lt;" : "&amp;";
    } else {
      out += (link || c == '|' || c == '`' ? "\\" : "") + std::string(1, c);
    }
  }
  return out;
}

}  // namespace btx
