#pragma once
// Arrays of tables whose items are told apart by their `name`: [[expert]], [[baseline]].

#include "config/value.hpp"

#include <string>
#include <string_view>

namespace btx {

/// The string under `name` in a table, or null.
BTX_EXPORT const std::string* item_name(const Value& item);
/// Whether this is an array, with items, all tables with a `name` string.
BTX_EXPORT bool has_named_items(const Value& value);
/// The item of an array that has the name, or null (also when this is not an array).
BTX_EXPORT Value* find_item(Value& array, std::string_view name);
/// Throws btx::Error (usage) if two items of the array at `path` have the same name.
BTX_EXPORT void check_distinct_names(const Value& array, const std::string& path);

}  // namespace btx
