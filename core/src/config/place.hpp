#pragma once
// Where something of a recipe was written, for messages about it that come later.

#include "config/value.hpp"

#include <btx/error.hpp>

#include <string>
#include <vector>

namespace btx {

/// Keys from the root; an item of an array of tables goes by its name: {"expert", "maths",
/// "train"}.
using ValuePath = std::vector<std::string>;

/// The member of a table, or the item of an array that has this name; null if there is none.
BTX_EXPORT const Value* child_of(const Value& parent, const std::string& key);

/// The deepest value along `path` that somebody wrote, in a file or on the command line; else
/// `root`.
BTX_EXPORT const Value& nearest(const Value& root, const ValuePath& path);

/// What `work` returns. A btx::Error of it gets the place of nearest() in front, unless it has one.
template <class Work>
auto with_place(const Value& root, const ValuePath& path, const Work& work) {
  try {
    return work();
  } catch (const PlacedError&) {
    throw;
  } catch (const Error& error) {
    const Place& place = nearest(root, path).place;
    if (place.file.empty()) throw;
    throw PlacedError(error.code(), place.str() + ": " + error.what());
  }
}

}  // namespace btx
