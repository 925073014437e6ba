#pragma once
// Data sources, asked for all their documents.

#include "plugins/load.hpp"

#include <btx/data_source.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <vector>

namespace btx_test {

using namespace btx;
using Documents = std::vector<Document>;

/// Every document of a source.
inline Documents all(const Component<DataSource>& source,
                     const SourceContext& context = {"", "", "sea"}) {
  Documents documents;
  source.call([&](const DataSource& s) {
    for (const Shard& shard : s.shards(context)) {
      const auto reader = s.open(shard, context);
      Document document;
      while (reader->next(document)) documents.push_back(document);
    }
  });
  return documents;
}

inline std::vector<std::string> ids(const Documents& documents) {
  std::vector<std::string> result;
  for (const auto& document : documents) result.push_back(document.id);
  return result;
}

}  // namespace btx_test
