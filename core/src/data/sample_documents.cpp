#include "data/sample_documents.hpp"

#include "base/hash.hpp"
#include "data/fair_sample.hpp"

#include <algorithm>

namespace btx {
namespace {

std::int64_t how_many(const SampleSize& size, std::size_t max_bytes) {
  if (max_bytes == 0 || size.all_bytes <= static_cast<std::int64_t>(max_bytes)) {
    return size.all_documents;
  }
  const double share = static_cast<double>(max_bytes) / static_cast<double>(size.all_bytes);
  const double documents = share * static_cast<double>(size.all_documents);
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(documents));
}

}  // namespace

DocumentSample sample_documents(const fs::path& folder, Split split, std::size_t max_bytes,
                                const TextHashes& without) {
  DocumentSample sample;
  SampleSize& size = sample.size;
  const auto allowed = [&](const Document& document) {
    return without.count(text_hash(document.text)) == 0;
  };
  std::vector<std::uint64_t> hashes;
  read_documents(folder, split, [&](const Document& document) {
    if (!allowed(document)) {
      ++size.left_out;
      return;
    }
    hashes.push_back(hash64("sample " + document.id));
    size.all_bytes += std::ssize(document.text);
  });
  size.all_documents = std::ssize(hashes);
  const auto chosen = smallest(hashes, how_many(size, max_bytes));
  auto next = chosen.begin();
  std::int64_t index = 0;
  read_documents(folder, split, [&](const Document& document) {
    if (next == chosen.end() || !allowed(document) || *next != index++) return;
    ++next;
    size.bytes += std::ssize(document.text);
    sample.documents.push_back(document);
  });
  size.documents = std::ssize(sample.documents);
  return sample;
}

}  // namespace btx
