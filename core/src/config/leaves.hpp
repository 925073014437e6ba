#pragma once
// The leaves of a document: everything that is not a table, with its path.

#include "config/value.hpp"

#include <string>
#include <utility>
#include <vector>

namespace btx {

/// Paths and values in the order of the document. Items of an array of tables have their `name` in
/// the path, or their number: "expert.math.train.lr". Points into `root`.
BTX_EXPORT std::vector<std::pair<std::string, const Value*>> leaves_of(const Value& root);

}  // namespace btx
