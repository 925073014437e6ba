#include "report/text/dropped_text.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

namespace btx {

std::string note_of(const std::string& domain, const DroppedText& dropped) {
  if (dropped.documents == 0) {
    return fmt::format("No document of {} has {} words in a row in common with an evaluation set.",
                       domain, dropped.words);
  }
  std::vector<std::string> sets;
  for (const auto& [set, counts] : dropped.sets) {
    sets.push_back(fmt::format("{} {}", set, counts.documents));
  }
  return fmt::format(
      "{} documents of {} ({} bytes) were dropped, as they have {} words in a row in common with "
      "an "
      "evaluation set; by the set met first: {}.",
      dropped.documents, domain, format_count(static_cast<double>(dropped.bytes)), dropped.words,
      join(sets));
}

}  // namespace btx
