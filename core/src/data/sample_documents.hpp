#pragma once
// Some of a domain's documents, where there is no time for all: a fair sample.

#include "data/documents.hpp"

#include <cstdint>
#include <vector>

namespace btx {

/// How much of a split was drawn.
struct SampleSize {
  std::int64_t documents = 0, bytes = 0;          ///< drawn
  std::int64_t all_documents = 0, all_bytes = 0;  ///< that could be drawn
  std::int64_t left_out = 0;  ///< that could not, as another domain has the text
};

/// The documents that were drawn, and what they were drawn from.
struct DocumentSample {
  std::vector<Document> documents;  ///< in the order of their file
  SampleSize size;
};

/// So many documents of a split as come to `max_bytes` of text on average, one at least: those
/// whose ids have the smallest hashes. Their number does not depend on which they are, so that
/// neither a document's size nor its place makes it more likely. 0: all. Texts of `without` cannot
/// be drawn. Throws as read_documents().
BTX_EXPORT DocumentSample sample_documents(const fs::path& folder, Split split,
                                           std::size_t max_bytes, const TextHashes& without = {});

}  // namespace btx
