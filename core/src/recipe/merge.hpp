#pragma once
// Deep merge of documents: how a recipe changes the ones it extends.

#include "config/value.hpp"

#include <string>
#include <string_view>

namespace btx {

/// Lays the table `over` on the table `base`. Tables merge key by key, but for weights of domains
/// and of models, tables of numbers alone under `data` or `from`, which replace one another whole.
/// Arrays whose items are all tables with a `name` merge item by item by that name, new items
/// behind. Anything else is replaced, and what is replaced or merged takes the places of `over`.
/// Throws btx::Error (usage) naming both places: a table laid on something else, something else
/// laid on a table, a name twice in `over`. Where `source`, `strategy` or `type` changes, another
/// plugin is meant: the `params` of the one before are dropped.
BTX_EXPORT void merge(Value& base, Value over);

/// Whether a key chooses a plugin whose parameters stand beside it under `params`.
BTX_EXPORT bool is_component_key(std::string_view key);

/// Drops table.params if table[choice] is there and not equal to `name`.
BTX_EXPORT void drop_params_of_other(Value& table, std::string_view choice, const Value& name);

}  // namespace btx
