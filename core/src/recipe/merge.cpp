#include "recipe/merge.hpp"

#include "config/named_items.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

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

bool is_of_numbers(const Value& value) {
  return value.is<Table>() && std::ranges::all_of(value.as<Table>(), [](const Member& member) {
           return member.value.is<std::int64_t>() || member.value.is<double>();
         });
}

/// Weights of domains (`data`) and of models (`from`) are one distribution. Whoever writes other
/// ones means these alone, as those of the file before are not seen where they are written.
bool is_distribution(const std::string& key, const Value& before, const Value& value) {
  return (key == "data" || key == "from") && is_of_numbers(before) && is_of_numbers(value);
}

void merge_at(Value& base, Value over, const std::string& path);

void merge_tables(Value& base, Value over, const std::string& path) {
  if (base.as<Table>().empty()) {
    base = std::move(over);
    return;
  }
  base.place = over.place;
  for (const auto& member : over.as<Table>()) {
    if (is_component_key(member.key)) drop_params_of_other(base, member.key, member.value);
  }
  for (auto& [key, value, place] : over.as<Table>()) {
    Value* existing = base.find(key);
    if (existing != nullptr && !is_distribution(key, *existing, value)) {
      merge_at(*existing, std::move(value), path.empty() ? key : path + "." + key);
      base.set(key, std::move(*existing), place);  // the place of the key, too, is the later one
    } else {
      base.set(key, std::move(value), place);
    }
  }
}

void merge_items(Value& base, Value over, const std::string& path) {
  check_distinct_names(over, path);
  base.place = over.place;
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
    fail_at(over.place,
            fmt::format("{} is {} here, but {} at {}{}", path, article(over), article(base),
                        base.place.str(),
                        has_named_items(base) ? "; write its items, each with a name" : ""));
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

void merge(Value& base, Value over) {
  merge_at(base, std::move(over), "");
}

}  // namespace btx
