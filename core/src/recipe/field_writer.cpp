#include "recipe/field_writer.hpp"

#include <algorithm>

namespace btx {

FieldWriter::FieldWriter(std::string source) : source_{std::move(source)} {
  open("", Table{});
}
FieldWriter::~FieldWriter() = default;

Value FieldWriter::make(Value::Data data) const {
  return {std::move(data), source_};
}

template <class T>
Value FieldWriter::make_array(const std::vector<T>& items) const {
  Array array;
  for (const auto& item : items) array.push_back(make(item));
  return make(std::move(array));
}

void FieldWriter::visit(const FieldSpec& spec, bool& value) {
  raw(spec.name, make(value));
}
void FieldWriter::visit(const FieldSpec& spec, std::int64_t& value) {
  raw(spec.name, make(value));
}
void FieldWriter::visit(const FieldSpec& spec, double& value) {
  raw(spec.name, make(value));
}
void FieldWriter::visit(const FieldSpec& spec, std::string& value) {
  raw(spec.name, make(value));
}
void FieldWriter::visit(const FieldSpec& spec, std::vector<std::int64_t>& value) {
  raw(spec.name, make_array(value));
}
void FieldWriter::visit(const FieldSpec& spec, std::vector<double>& value) {
  raw(spec.name, make_array(value));
}
void FieldWriter::visit(const FieldSpec& spec, std::vector<std::string>& value) {
  raw(spec.name, make_array(value));
}
void FieldWriter::visit(const FieldSpec& spec, std::map<std::string, double>& value) {
  open(spec.name, Table{});
  for (const auto& [key, number] : value) raw(key, make(number));
  close();
}

void FieldWriter::visit(const FieldSpec& spec, Value& value) {
  raw(spec.name, value);
}

void FieldWriter::open_table(const FieldSpec& spec) {
  open(spec.name, Table{});
}

std::size_t FieldWriter::open_list(const FieldSpec& spec, std::size_t size) {
  open(spec.name, Array{});
  return size;
}

void FieldWriter::open_item(std::size_t) {
  open("", Table{});
}

std::vector<std::string> FieldWriter::open_map(const FieldSpec& spec,
                                               std::vector<std::string> keys) {
  open(spec.name, Table{});
  return keys;
}

void FieldWriter::open_entry(const std::string& key) {
  open(key, Table{});
}

void FieldWriter::open(const std::string& key, Value::Data data) {
  frames_.push_back({key, make(std::move(data))});
}

void FieldWriter::close() {
  Frame done = std::move(frames_.back());
  frames_.pop_back();
  Value& parent = frames_.back().value;
  if (parent.is<Array>()) {
    parent.as<Array>().push_back(std::move(done.value));
  } else {
    raw(done.key, std::move(done.value));
  }
}

void FieldWriter::raw(const std::string& key, Value value) {
  frames_.back().value.set(key, std::move(value), source_);
}

Value FieldWriter::take() {
  return std::move(frames_.front().value);
}

void copy_sources(Value& resolved, const Value& given) {
  resolved.source = given.source;
  if (resolved.is<Table>() && given.is<Table>()) {
    for (const auto& [key, value, source] : given.as<Table>()) {
      auto& members = resolved.as<Table>();
      const auto found = std::ranges::find(members, key, &Member::key);
      if (found == members.end()) continue;
      found->source = source;
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
