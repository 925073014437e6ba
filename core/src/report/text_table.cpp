#include "report/text_table.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace btx {

std::string aligned(const TextRows& rows, std::size_t left) {
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
    out += "| " + join(rows[r], " | ") + " |\n";
    if (r > 0) continue;
    for (std::size_t i = 0; i < rows[r].size(); ++i) out += i < left ? "|---" : "|---:";
    out += "|\n";
  }
  return out;
}

}  // namespace btx
