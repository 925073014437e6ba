#include "report/text/computed_text.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

namespace btx {

std::string computed_text(const std::map<std::string, std::vector<std::string>>& who) {
  if (who.empty()) return "";
  if (who.size() == 1) return fmt::format("Computed on {}.", who.begin()->first);
  std::vector<std::string> parts;
  for (const auto& [where, names] : who)
    parts.push_back(fmt::format("{} ({})", where, join(names)));
  return fmt::format(
      "Not all was computed alike, so that differences are in part of rounding, and times are of "
      "different machines: {}.",
      join(parts, "; "));
}

}  // namespace btx
