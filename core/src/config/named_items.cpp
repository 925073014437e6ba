#include "config/named_items.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace btx {

const std::string* item_name(const Value& item) {
  const Value* name = item.find("name");
  return name != nullptr && name->is<std::string>() ? &name->as<std::string>() : nullptr;
}

bool has_named_items(const Value& value) {
  if (!value.is<Array>() || value.as<Array>().empty()) return false;
  return std::ranges::all_of(value.as<Array>(), [](const Value& v) { return item_name(v); });
}

Value* find_item(Value& array, std::string_view name) {
  if (!array.is<Array>()) return nullptr;
  for (auto& item : array.as<Array>()) {
    const std::string* own = item_name(item);
    if (own != nullptr && *own == name) return &item;
  }
  return nullptr;
}

void check_distinct_names(const Value& array, const std::string& path) {
  std::map<std::string_view, const Place*> seen;
  for (const auto& item : array.as<Array>()) {
    const std::string* name = item_name(item);
    if (name == nullptr) continue;
    const auto [first, is_new] = seen.emplace(*name, &item.place);
    if (is_new) continue;
    fail_at(item.place, fmt::format("{}: the name '{}' is taken by the item at {}", path, *name,
                                    first->second->str()));
  }
}

}  // namespace btx
