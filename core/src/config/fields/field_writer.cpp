#include "config/fields/field_writer.hpp"

#include "config/fields/forward_visits.hpp"

#include <algorithm>

namespace btx {

FieldWriter::FieldWriter(std::string place, Defaults defaults)
    : place_{std::move(place)}, defaults_(defaults) {
  open("", Table{});
}
FieldWriter::~FieldWriter() = default;

Value FieldWriter::make(Value::Data data) const {
  return {std::move(data), place_};
}

template <class T>
Value FieldWriter::make_leaf(const T& value) const {
  if constexpr (std::is_same_v<T, Value>) {
    return value;
  } else if constexpr (std::is_same_v<T, std::map<std::string, double>>) {
    Value table = make(Table{});
    for (const auto& [key, number] : value) table.set(key, make(number), place_);
    return table;
  } else if constexpr (std::is_constructible_v<Value::Data, T>) {
    return make(value);
  } else {
    Array array;
    for (const auto& item : value) array.push_back(make(item));
    return make(std::move(array));
  }
}

bool FieldWriter::leaves_out(const FieldSpec& spec) const {
  return defaults_ == Defaults::omit && spec.options.omit_default;
}

template <class T>
void FieldWriter::on(const FieldSpec& spec, T& value) {
  if (leaves_out(spec) && value == T{}) return;
  raw(spec.name, make_leaf(value));
}

template class FieldVisitorOf<FieldWriter>;

void FieldWriter::open_table(const FieldSpec& spec) {
  open(spec.name, Table{});
}

bool FieldWriter::has(const FieldSpec& /*spec*/, bool present) {
  return present;
}

std::size_t FieldWriter::open_list(const FieldSpec& spec, std::size_t size) {
  open(spec.name, Array{});
  frames_.back().left_out = size == 0 && leaves_out(spec);
  return size;
}

void FieldWriter::open_item(std::size_t) {
  open("", Table{});
}

std::vector<std::string> FieldWriter::open_map(const FieldSpec& spec,
                                               std::vector<std::string> keys) {
  open(spec.name, Table{});
  frames_.back().left_out = keys.empty() && leaves_out(spec);
  return keys;
}

void FieldWriter::open_entry(const std::string& key) {
  open(key, Table{});
}

void FieldWriter::open(const std::string& key, Value::Data data) {
  frames_.push_back({key, make(std::move(data)), false});
}

void FieldWriter::close() {
  Frame done = std::move(frames_.back());
  frames_.pop_back();
  if (done.left_out) return;
  Value& parent = frames_.back().value;
  if (parent.is<Array>()) {
    parent.as<Array>().push_back(std::move(done.value));
  } else {
    raw(done.key, std::move(done.value));
  }
}

void FieldWriter::raw(const std::string& key, Value value) {
  frames_.back().value.set(key, std::move(value), place_);
}

Value FieldWriter::take() {
  return std::move(frames_.front().value);
}

void copy_sources(Value& resolved, const Value& given) {
  resolved.place = given.place;
  if (resolved.is<Table>() && given.is<Table>()) {
    for (const auto& [key, value, place] : given.as<Table>()) {
      auto& members = resolved.as<Table>();
      const auto found = std::ranges::find(members, key, &Member::key);
      if (found == members.end()) continue;
      found->place = place;
      copy_sources(found->value, value);
    }
  } else if (resolved.is<Array>() && given.is<Array>()) {
    auto& items = resolved.as<Array>();
    const auto& places = given.as<Array>();
    for (std::size_t i = 0; i < std::min(items.size(), places.size()); ++i) {
      copy_sources(items[i], places[i]);
    }
  }
}

}  // namespace btx
