#pragma once
// [data.NAME]: the documents of one domain.

#include "config/value.hpp"

#include <btx/params.hpp>

#include <string>

namespace btx {

/// One domain's documents.
struct DataConfig {
  std::string source;
  Value params;

  void fields(Fields& f) {
    f("source", source, "plugin that reads the documents", {.required = true});
    f("params", params, "of the source plugin");
  }
};

}  // namespace btx
