#include "recipe/override.hpp"

#include "base/text.hpp"
#include "config/named_items.hpp"
#include "config/toml_file.hpp"
#include "recipe/merge.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

namespace btx {
namespace {

using Path = std::vector<std::string>;

void set_place(Value& value, const Place& place) {
  value.place = place;
  if (value.is<Array>()) {
    for (auto& item : value.as<Array>()) set_place(item, place);
  } else if (value.is<Table>()) {
    for (auto& member : value.as<Table>()) {
      member.place = place;
      set_place(member.value, place);
    }
  }
}

/// Offset of the '=' behind the key, which may hold others in quotes.
std::size_t find_equals(std::string_view text) {
  char quote = '\0';
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (quote != '\0') {
      if (text[i] == quote) quote = '\0';
    } else if (text[i] == '"' || text[i] == '\'') {
      quote = text[i];
    } else if (text[i] == '=') {
      return i;
    }
  }
  return std::string_view::npos;
}

/// The TOML parser reads the key, as the key of a document with nothing else.
Path parse_key(std::string_view key, const Place& place) {
  Path path;
  try {
    const bool one_line = key.find_first_of("\r\n") == std::string_view::npos;
    const Value document = parse_toml_text(one_line ? std::string(key) + " = 0" : "", place.file);
    for (const Value* at = &document; at->is<Table>() && !at->as<Table>().empty();) {
      path.push_back(at->as<Table>().front().key);
      at = &at->as<Table>().front().value;
    }
  } catch (const Error&) {
    path.clear();
  }
  if (!path.empty()) return path;
  fail_at(place,
          fmt::format("'{}' is not a key; write table.key, with parts in quotes if they hold "
                      "anything but letters, digits, _ and -",
                      key));
}

Value parse_value(std::string_view text, const Place& place) {
  if (find_invalid_utf8(text) != std::string_view::npos) fail_at(place, "not UTF-8");
  Value value{std::string(text)};
  try {
    Value document = parse_toml_text("value = " + std::string(text), place.file);
    if (document.as<Table>().size() == 1) value = std::move(*document.find("value"));
  } catch (const Error&) {  // no TOML: a bare string
  }
  set_place(value, place);
  return value;
}

std::vector<std::string> child_names(const Value& parent) {
  std::vector<std::string> names;
  if (parent.is<Table>()) {
    for (const auto& member : parent.as<Table>()) names.push_back(member.key);
  } else {
    for (const auto& item : parent.as<Array>()) names.push_back(*item_name(item));
  }
  return names;
}

std::string hint(const std::string& word, const Value& parent) {
  const auto names = child_names(parent);
  const std::string meant = did_you_mean(word, names);
  return !meant.empty() || names.empty() ? meant : "; there are: " + join(names);
}

std::string path_text(const Path& path, std::size_t count) {
  return join({path.begin(), path.begin() + static_cast<std::ptrdiff_t>(count)}, ".");
}

Value* child(Value& parent, const std::string& key) {
  return parent.is<Table>() ? parent.find(key) : find_item(parent, key);
}

/// The table or named array that holds the last part of the path. Without `create`, or where an
/// item is missing, what is not there is an error.
Value& walk(Value& root, const Path& path, const Place& place, bool create) {
  Value* at = &root;
  for (std::size_t i = 0;; ++i) {
    if (!at->is<Table>() && !has_named_items(*at)) {
      fail_at(place, fmt::format("{} is {} {} ({}), not a table", path_text(path, i),
                                 at->is<Array>() ? "an" : "a", at->type_name(), at->place.str()));
    }
    if (i + 1 == path.size()) return *at;
    Value* next = child(*at, path[i]);
    if (next == nullptr && create && at->is<Table>()) {
      next = &at->set(path[i], Value(Table{}, place), place);
    }
    if (next == nullptr) {
      fail_at(place, fmt::format("there is no {}{}", path_text(path, i + 1), hint(path[i], *at)));
    }
    at = next;
  }
}

void set_item(Value& array, const Path& path, Value value, const Place& place) {
  Value* item = find_item(array, path.back());
  const std::string whole = path_text(path, path.size());
  if (item == nullptr) {
    fail_at(place, fmt::format("there is no {}{}", whole, hint(path.back(), array)));
  }
  if (!value.is<Table>()) fail_at(place, fmt::format("{} needs a table", whole));
  if (value.find("name") == nullptr) value.set("name", Value(path.back(), place), place);
  *item = std::move(value);
}

void remove(Value& root, const Path& path, const Place& place) {
  Value& parent = walk(root, path, place, false);
  if (child(parent, path.back()) == nullptr) {
    fail_at(place, fmt::format("there is no {} to remove{}", path_text(path, path.size()),
                               hint(path.back(), parent)));
  }
  if (parent.is<Table>()) {
    parent.erase(path.back());
  } else {
    std::erase_if(parent.as<Array>(),
                  [&](const Value& item) { return *item_name(item) == path.back(); });
  }
}

}  // namespace

OverrideParts split_override(std::string_view text) {
  const Place place{fmt::format("command line: {}", text)};
  const bool removes = text.starts_with('~');
  const std::size_t start = removes || text.starts_with('+') ? 1 : 0;
  const std::size_t equals = removes ? text.size() : find_equals(text);
  if (equals == std::string_view::npos) {
    fail_at(place, "needs key=value, +key=value or ~key");
  }
  const std::string_view key = text.substr(start, equals - start);
  OverrideParts parts{std::string(key), parse_key(key, place), std::nullopt};
  if (!removes) parts.value = text.substr(equals + 1);
  return parts;
}

void apply_override(Value& root, std::string_view text) {
  const Place place{fmt::format("command line: {}", text)};
  const auto [key, path, given] = split_override(text);
  if (!given) return remove(root, path, place);
  Value value = parse_value(*given, place);
  Value& parent = walk(root, path, place, true);
  if (parent.is<Table>()) {
    if (is_component_key(path.back())) drop_params_of_other(parent, path.back(), value);
    parent.set(path.back(), std::move(value), place);
  } else {
    set_item(parent, path, std::move(value), place);
  }
}

}  // namespace btx
