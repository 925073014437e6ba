#pragma once
// What a domain lost because evaluation sets have the same text.

#include "recipe/value.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace btx {

struct DroppedText {
  std::string domain;
  std::int64_t words = 0;  ///< of a run that counts as shared
  std::int64_t documents = 0, bytes = 0;
  std::vector<std::pair<std::string, std::int64_t>> sets;  ///< documents by set, in its order
};

/// Of the domains in an evaluate stage's scores.json; none if nothing was looked for.
BTX_EXPORT std::vector<DroppedText> dropped_texts(const Value& scores);

/// A sentence for the report, also if nothing was dropped.
BTX_EXPORT std::string note_of(const DroppedText& dropped);

}  // namespace btx
