#pragma once
// A source that holds its documents, and folders made from it.

#include "data/documents.hpp"
#include "support.hpp"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace btx_test {

using Documents = std::vector<btx::Document>;

class HeldReader final : public btx::DocumentReader {
 public:
  explicit HeldReader(Documents documents) : documents_(std::move(documents)) {}
  bool next(btx::Document& document) override {
    if (next_ == documents_.size()) return false;
    document = documents_[next_++];
    return true;
  }

 private:
  Documents documents_;
  std::size_t next_ = 0;
};

/// One shard.
class HeldSource final : public btx::DataSource {
 public:
  explicit HeldSource(Documents documents) : documents_(std::move(documents)) {}
  std::vector<btx::Shard> shards(const btx::SourceContext& /*context*/) const override {
    return {{"all", "1"}};
  }
  std::unique_ptr<btx::DocumentReader> open(const btx::Shard& /*shard*/,
                                            const btx::SourceContext& /*context*/) const override {
    return std::make_unique<HeldReader>(documents_);
  }

 private:
  Documents documents_;
};

/// Documents "d0", "d1", ... whose texts differ.
inline Documents numbered(int count) {
  Documents documents;
  for (int i = 0; i < count; ++i) {
    documents.push_back({fmt::format("d{}", i), fmt::format("The sea, number {}.\n", i)});
  }
  return documents;
}

/// The folder that write_documents() makes of them.
inline btx::fs::path write(const std::string& name, Documents documents,
                           const btx::SplitConfig& split = {}) {
  auto folder = scratch(name);
  const btx::Component<btx::DataSource> source(std::make_shared<HeldSource>(std::move(documents)),
                                               "the test's source");
  btx::write_documents(source, {{"all", "1"}}, {"", "", "sea"}, split, folder);
  return folder;
}

/// The documents of one split of such a folder.
inline Documents read(const btx::fs::path& folder, btx::Split split) {
  Documents documents;
  btx::read_documents(folder, split, [&](const btx::Document& d) { documents.push_back(d); });
  return documents;
}

/// Where each document went.
inline std::map<std::string, btx::Split> splits(const btx::fs::path& folder) {
  std::map<std::string, btx::Split> result;
  for (const btx::Split split : btx::kSplits) {
    for (const auto& document : read(folder, split)) result[document.id] = split;
  }
  return result;
}

}  // namespace btx_test
