#include "config/fields/field_reader.hpp"

#include "base/text.hpp"
#include "config/fields/field_convert.hpp"
#include "config/fields/field_type.hpp"
#include "config/fields/forward_visits.hpp"
#include "config/named_items.hpp"
#include "config/package_path.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace btx {
namespace {

template <class T>
std::string needs(const T&, const FieldOptions& options) {
  return needs_text(field_type<T>(), options);
}
template <class T>
std::string needs(const std::vector<T>&, const FieldOptions& options) {
  return "an " + array_text(field_type<T>(), options);
}
std::string needs(const std::map<std::string, double>&, const FieldOptions&) {
  return "a table of numbers";
}

/// Defaults are paths too, from the current folder.
template <class T>
void resolve_default(T&) {}
void resolve_default(std::string& path) {
  path = resolve_path(path, {});
}
void resolve_default(std::vector<std::string>& paths) {
  for (auto& path : paths) resolve_default(path);
}

template <class T>
void open_packages(T&) {}
void open_packages(std::string& path) {
  path = local_path(path);
}
void open_packages(std::vector<std::string>& paths) {
  for (auto& path : paths) open_packages(path);
}

}  // namespace

FieldReader::FieldReader(const Value& table, const std::string& where, PackagePaths packages)
    : packages_(packages) {
  const bool bracketed = where.size() >= 2 && where.front() == '[' && where.back() == ']';
  std::string path = bracketed ? where.substr(1, where.size() - 2) : where;
  if (!table.is<Table>()) refuse(table, {}, path.empty() ? "recipe" : path, "a table");
  frames_.push_back({&table, std::move(path), table.place});
}

FieldReader::~FieldReader() = default;

template <class T>
void FieldReader::on(const FieldSpec& spec, T& value) {
  if (const Value* given = take(spec, needs(value, spec.options))) {
    convert(*given, spec, path_of(spec.name), value);
  } else if (spec.options.path) {
    resolve_default(value);
  }
  if (spec.options.path && packages_ == PackagePaths::open) open_packages(value);
}

void FieldReader::on(const FieldSpec& spec, Value& value) {
  const Value* given = take(spec, "a table");
  if (given == nullptr) return;
  if (!given->is<Table>()) refuse(*given, spec, path_of(spec.name), "a table");
  value = *given;
}

template class FieldVisitorOf<FieldReader>;

void FieldReader::open_table(const FieldSpec& spec) {
  const Value* given = take(spec, "a table");
  if (given != nullptr && !given->is<Table>()) {
    refuse(*given, spec, path_of(spec.name), "a table");
  }
  open(given, path_of(spec.name), true);
}

bool FieldReader::has(const FieldSpec& spec, bool /*present*/) {
  return raw(spec.name) != nullptr;
}

std::size_t FieldReader::open_list(const FieldSpec& spec, std::size_t size) {
  const Value* given = take(spec, "an array of tables");
  const std::string path = path_of(spec.name);
  if (given != nullptr && !given->is<Array>()) refuse(*given, spec, path, "an array of tables");
  if (given != nullptr) {
    for (const auto& item : given->as<Array>()) {
      if (!item.is<Table>()) refuse(item, spec, path, "an array of tables");
    }
    check_distinct_names(*given, path);
  }
  open(given, path, false);
  return given == nullptr ? size : given->as<Array>().size();
}

void FieldReader::open_item(std::size_t index) {
  const Frame& list = frames_.back();
  const Value* item = list.given == nullptr ? nullptr : &list.given->as<Array>()[index];
  const std::string* name = item == nullptr ? nullptr : item_name(*item);
  open(item, name != nullptr ? list.path + "." + *name : fmt::format("{}[{}]", list.path, index),
       true);
}

std::vector<std::string> FieldReader::open_map(const FieldSpec& spec,
                                               std::vector<std::string> keys) {
  const Value* given = take(spec, "a table of tables");
  const std::string path = path_of(spec.name);
  if (given != nullptr && !given->is<Table>()) refuse(*given, spec, path, "a table of tables");
  if (given != nullptr) {
    keys.clear();
    for (const auto& [key, value, place] : given->as<Table>()) {
      if (!value.is<Table>()) refuse(value, spec, path + "." + key, "a table");
      keys.push_back(key);
    }
  }
  open(given, path, false);
  return keys;
}

void FieldReader::open_entry(const std::string& key) {
  const Frame& map = frames_.back();
  open(map.given == nullptr ? nullptr : map.given->find(key), path_of(key), true);
}

void FieldReader::close() {
  if (frames_.back().is_table) check(frames_.back());
  frames_.pop_back();
}

const Value* FieldReader::raw(const std::string& key) {
  Frame& frame = frames_.back();
  frame.known.push_back(key);
  return frame.given == nullptr ? nullptr : frame.given->find(key);
}

void FieldReader::finish() {
  check(frames_.front());
}

const Value* FieldReader::take(const FieldSpec& spec, const std::string& needs) {
  const Value* given = raw(spec.name);
  Frame& frame = frames_.back();
  if (given == nullptr && spec.options.required && frame.missing.empty()) {
    frame.missing =
        fmt::format("{}: needs {}, got nothing{}", path_of(spec.name), needs, help_text(spec));
  }
  return given;
}

void FieldReader::open(const Value* given, std::string path, bool is_table) {
  const Place place = given == nullptr ? frames_.back().place : given->place;
  frames_.push_back({given, std::move(path), place, is_table});
}

std::string FieldReader::path_of(const std::string& key) const {
  const std::string& path = frames_.back().path;
  return path.empty() ? key : path + "." + key;
}

void FieldReader::check(const Frame& frame) {
  if (frame.given != nullptr) {
    for (const auto& [key, value, place] : frame.given->as<Table>()) {
      if (std::ranges::find(frame.known, key) != frame.known.end()) continue;
      std::string hint = did_you_mean(key, frame.known);
      if (hint.empty()) hint = "; known keys: " + join(frame.known);
      const std::string where = frame.path.empty() ? "the recipe" : "[" + frame.path + "]";
      fail_at(place, fmt::format("unknown key '{}' in {}{}", key, where, hint));
    }
  }
  if (!frame.missing.empty()) fail_at(frame.place, frame.missing);
}

}  // namespace btx
