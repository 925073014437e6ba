#pragma once
// Documents that share text with evaluation sets are not used, and counted.

#include "data/grams.hpp"

#include <btx/data_source.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace btx {

/// What was dropped on account of one set.
struct DroppedBySet {
  std::string set;
  std::int64_t documents = 0;
  std::int64_t bytes = 0;
};

/// What a domain's documents are held against, and a count of those that were dropped. Used by one
/// thread at a time.
class Decontamination {
 public:
  /// `words`: of a run that counts as shared, as GramIndex. `sets`: names, in the order of numbers.
  Decontamination(std::size_t words, const std::vector<std::string>& sets)
      : words_(words), grams_(words) {
    for (const auto& set : sets) dropped_.push_back({set});
  }

  GramIndex& grams() { return grams_; }
  std::size_t words() const { return words_; }

  /// Whether the document shares a run with a set. It counts for the set of its first such run.
  bool drops(const Document& document) {
    const auto set = grams_.find(document.text);
    if (!set) return false;
    ++dropped_[*set].documents;
    dropped_[*set].bytes += static_cast<std::int64_t>(document.text.size());
    return true;
  }
  const std::vector<DroppedBySet>& dropped() const { return dropped_; }

 private:
  std::size_t words_;
  GramIndex grams_;
  std::vector<DroppedBySet> dropped_;
};

}  // namespace btx
