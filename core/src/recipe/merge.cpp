#include "recipe/merge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace btx {

bool is_component_key(std::string_view key) {
  return key == "source" || key == "strategy" || key == "type";
}

void drop_params_of_other(Value& table, std::string_view choice, const Value& name) {
  const Value* before = table.find(choice);
  if (before != nullptr && !(*before == name)) table.erase("params");
}

namespace {

std::string article(const Value& value) {
  const std::string type = value.type_name();
  return (type == "integer" || type == "array" ? "an " : "a ") + type;
}

void merge_at(Value& base, Value over, const std::string& path);

void merge_tables(Value& base, Value over, const std::string& path) {
  if (base.as<Table>().empty()) {
    base = std::move(over);
    return;
  }
  base.source = over.source;
  for (const auto& member : over.as<Table>()) {
    if (is_component_key(member.key)) drop_params_of_other(base, member.key, member.value);
  }
  for (auto& [key, value, source] : over.as<Table>()) {
    if (Value* existing = base.find(key)) {
      merge_at(*existing, std::move(value), path.empty() ? key : path + "." + key);
      base.set(key, std::move(*existing), source);  // the place of the key, too, is the later one
    } else {
      base.set(key, std::move(value), source);
    }
  }
}

void merge_items(Value& base, Value over, const std::string& path) {
  check_distinct_names(over, path);
  base.source = over.source;
  for (auto& item : over.as<Array>()) {
    const std::string name = *item_name(item);
    if (Value* existing = find_item(base, name)) {
      merge_at(*existing, std::move(item), path + "." + name);
    } else {
      base.as<Array>().push_back(std::move(item));
    }
  }
}

void merge_at(Value& base, Value over, const std::string& path) {
  if (base.is<Table>() != over.is<Table>()) {
    fail_at(over.source, fmt::format("{} is {} here, but {} at {}", path, article(over),
                                     article(base), base.source.str()));
  }
  if (over.is<Table>()) {
    merge_tables(base, std::move(over), path);
  } else if (has_named_items(base) && has_named_items(over)) {
    merge_items(base, std::move(over), path);
  } else {
    base = std::move(over);
  }
}

}  // namespace

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
  std::map<std::string_view, const Source*> seen;
  for (const auto& item : array.as<Array>()) {
    const std::string* name = item_name(item);
    if (name == nullptr) continue;
    const auto [first, is_new] = seen.emplace(*name, &item.source);
    if (is_new) continue;
    fail_at(item.source, fmt::format("{}: the name '{}' is taken by the item at {}", path, *name,
                                     first->second->str()));
  }
}

void merge(Value& base, Value over) {
  merge_at(base, std::move(over), "");
}

}  // namespace btx
