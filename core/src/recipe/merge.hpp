#pragma once
// Deep merge of documents: how a recipe changes the ones it extends.

#include "recipe/value.hpp"

#include <string>
#include <string_view>

namespace btx {

/// Lays the table `over` on the table `base`. Tables merge key by key. Arrays whose items are all
/// tables with a `name` merge item by item by that name, new items behind. Anything else is
/// replaced, and what is replaced or merged takes the places of `over`. Throws btx::Error (usage)
/// naming both places: a table on something that is none or the reverse, a name twice in `over`.
/// Where `source`, `strategy` or `type` changes, another plugin is meant: the `params` of the one
/// before are dropped.
BTX_EXPORT void merge(Value& base, Value over);

/// Whether a key chooses a plugin whose parameters stand beside it under `params`.
BTX_EXPORT bool is_component_key(std::string_view key);

/// Drops table.params if table[choice] is there and not equal to `name`.
BTX_EXPORT void drop_params_of_other(Value& table, std::string_view choice, const Value& name);

/// The string under `name` in a table, or null.
BTX_EXPORT const std::string* item_name(const Value& item);
/// Whether this is an array, with items, all tables with a `name` string.
BTX_EXPORT bool has_named_items(const Value& value);
/// The item of an array that has the name, or null (also when this is no array).
BTX_EXPORT Value* find_item(Value& array, std::string_view name);
/// Throws btx::Error (usage) if two items of the array at `path` have the same name.
BTX_EXPORT void check_distinct_names(const Value& array, const std::string& path);

}  // namespace btx
