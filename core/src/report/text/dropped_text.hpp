#pragma once
// What is said of documents that were dropped because evaluation sets have the same text.

#include "report/scores.hpp"

#include <string>

namespace btx {

/// A sentence for the report.
BTX_EXPORT std::string note_of(const std::string& domain, const DroppedText& dropped);

}  // namespace btx
