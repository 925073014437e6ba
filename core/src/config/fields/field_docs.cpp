#include "config/fields/field_docs.hpp"

#include "config/fields/field_type.hpp"
#include "config/fields/field_writer.hpp"
#include "config/fields/forward_visits.hpp"

namespace btx {

Value to_value(const std::vector<FieldDoc>& docs) {
  Array fields;
  for (const auto& doc : docs) {
    Value field;
    field.set("name", Value(doc.path));
    field.set("type", Value(doc.type));
    field.set("default", Value(doc.default_text));
    field.set("range", Value(doc.range));
    field.set("help", Value(doc.help));
    fields.push_back(std::move(field));
  }
  return Value(std::move(fields));
}

FieldDocs::FieldDocs(std::string where) {
  open(std::move(where), false, 0);
}
FieldDocs::~FieldDocs() = default;

namespace {

template <class T>
std::string type_of(const T&, const FieldOptions& options) {
  return type_text(field_type<T>(), options);
}
template <class T>
std::string type_of(const std::vector<T>&, const FieldOptions& options) {
  return array_text(field_type<T>(), options);
}
std::string type_of(const std::map<std::string, double>&, const FieldOptions& options) {
  return type_text(FieldType::number, options);
}

}  // namespace

template <class T>
void FieldDocs::on(const FieldSpec& spec, T& value) {
  if constexpr (std::is_same_v<T, Value>) {
    add_table(spec, "table");
  } else {
    if (frames_.back().hidden) return;
    FieldWriter writer;
    writer.visit(spec, value);
    const Value table = writer.take();
    const bool by_key = std::is_same_v<T, std::map<std::string, double>>;
    docs_.push_back({path_of(spec.name) + (by_key ? ".<key>" : ""), type_of(value, spec.options),
                     spec.options.required ? "required" : to_toml_inline(*table.find(spec.name)),
                     range_text(spec.options), spec.help});
  }
}

template class FieldVisitorOf<FieldDocs>;

void FieldDocs::add_table(const FieldSpec& spec, const std::string& type) {
  if (frames_.back().hidden) return;
  docs_.push_back(
      {path_of(spec.name), type, spec.options.required ? "required" : "", "", spec.help});
}

void FieldDocs::open_table(const FieldSpec& spec) {
  add_table(spec, "table");
  open(path_of(spec.name), frames_.back().hidden, 0);
}

bool FieldDocs::has(const FieldSpec& /*spec*/, bool /*present*/) {
  return true;
}

std::size_t FieldDocs::open_list(const FieldSpec& spec, std::size_t size) {
  add_table(spec, "array of tables");
  open(path_of(spec.name) + "[]", frames_.back().hidden, size);
  return size + 1;
}

void FieldDocs::open_item(std::size_t index) {
  const Frame& list = frames_.back();
  open(list.path, list.hidden || index < list.size, 0);
}

std::vector<std::string> FieldDocs::open_map(const FieldSpec& spec, std::vector<std::string>) {
  add_table(spec, "table of tables");
  open(path_of(spec.name), frames_.back().hidden, 0);
  return {"<key>"};
}

void FieldDocs::open_entry(const std::string& key) {
  open(path_of(key), frames_.back().hidden, 0);
}

void FieldDocs::close() {
  frames_.pop_back();
}

void FieldDocs::open(std::string path, bool hidden, std::size_t size) {
  frames_.push_back({std::move(path), hidden, size});
}

std::string FieldDocs::path_of(const std::string& key) const {
  const std::string& path = frames_.back().path;
  return path.empty() ? key : path + "." + key;
}

}  // namespace btx
