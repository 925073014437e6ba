#include "report/dropped_text.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

namespace btx {

std::vector<DroppedText> dropped_texts(const Value& scores) {
  std::vector<DroppedText> all;
  const Value* domains = scores.find("decontaminated");
  if (domains == nullptr) return all;
  for (const auto& [domain, value, source] : domains->as<Table>()) {
    DroppedText dropped{domain,
                        value.at("words").as<std::int64_t>(),
                        value.at("documents").as<std::int64_t>(),
                        value.at("bytes").as<std::int64_t>(),
                        {}};
    for (const auto& [set, counts, place] : value.at("sets").as<Table>()) {
      dropped.sets.emplace_back(set, counts.at("documents").as<std::int64_t>());
    }
    all.push_back(std::move(dropped));
  }
  return all;
}

std::string note_of(const DroppedText& dropped) {
  if (dropped.documents == 0) {
    return fmt::format("No document of {} has {} words in a row in common with an evaluation set.",
                       dropped.domain, dropped.words);
  }
  std::vector<std::string> sets;
  for (const auto& [set, documents] : dropped.sets) {
    sets.push_back(fmt::format("{} {}", set, documents));
  }
  return fmt::format(
      "{} documents of {} ({} bytes) were dropped, as they have {} words in a row in common with "
      "an "
      "evaluation set; by the set met first: {}.",
      dropped.documents, dropped.domain, format_count(static_cast<double>(dropped.bytes)),
      dropped.words, join(sets));
}

}  // namespace btx
