#include "recipe/field_docs.hpp"

#include "recipe/field_type.hpp"
#include "recipe/field_writer.hpp"

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

template <class T>
void FieldDocs::add(const FieldSpec& spec, const std::string& path, const std::string& type,
                    T& value) {
  if (frames_.back().muted) return;
  FieldWriter writer;
  writer.visit(spec, value);
  const Value table = writer.take();
  docs_.push_back({path, type,
                   spec.options.required ? "required" : to_toml_inline(*table.find(spec.name)),
                   range_text(spec.options), spec.help});
}

void FieldDocs::add_table(const FieldSpec& spec, const std::string& type) {
  if (frames_.back().muted) return;
  docs_.push_back(
      {path_of(spec.name), type, spec.options.required ? "required" : "", "", spec.help});
}

void FieldDocs::visit(const FieldSpec& spec, bool& value) {
  add(spec, path_of(spec.name), type_text(FieldType::boolean, spec.options), value);
}
void FieldDocs::visit(const FieldSpec& spec, std::int64_t& value) {
  add(spec, path_of(spec.name), type_text(FieldType::integer, spec.options), value);
}
void FieldDocs::visit(const FieldSpec& spec, double& value) {
  add(spec, path_of(spec.name), type_text(FieldType::number, spec.options), value);
}
void FieldDocs::visit(const FieldSpec& spec, std::string& value) {
  add(spec, path_of(spec.name), type_text(FieldType::string, spec.options), value);
}
void FieldDocs::visit(const FieldSpec& spec, std::vector<std::int64_t>& value) {
  add(spec, path_of(spec.name), array_text(FieldType::integer, spec.options), value);
}
void FieldDocs::visit(const FieldSpec& spec, std::vector<double>& value) {
  add(spec, path_of(spec.name), array_text(FieldType::number, spec.options), value);
}
void FieldDocs::visit(const FieldSpec& spec, std::vector<std::string>& value) {
  add(spec, path_of(spec.name), array_text(FieldType::string, spec.options), value);
}
void FieldDocs::visit(const FieldSpec& spec, std::map<std::string, double>& value) {
  add(spec, path_of(spec.name) + ".<key>", type_text(FieldType::number, spec.options), value);
}

void FieldDocs::visit(const FieldSpec& spec, Value& /*value*/) {
  add_table(spec, "table");
}

void FieldDocs::open_table(const FieldSpec& spec) {
  add_table(spec, "table");
  open(path_of(spec.name), frames_.back().muted, 0);
}

std::size_t FieldDocs::open_list(const FieldSpec& spec, std::size_t size) {
  add_table(spec, "array of tables");
  open(path_of(spec.name) + "[]", frames_.back().muted, size);
  return size + 1;
}

void FieldDocs::open_item(std::size_t index) {
  const Frame& list = frames_.back();
  open(list.path, list.muted || index < list.size, 0);
}

std::vector<std::string> FieldDocs::open_map(const FieldSpec& spec, std::vector<std::string>) {
  add_table(spec, "table of tables");
  open(path_of(spec.name), frames_.back().muted, 0);
  return {"<key>"};
}

void FieldDocs::open_entry(const std::string& key) {
  open(path_of(key), frames_.back().muted, 0);
}

void FieldDocs::close() {
  frames_.pop_back();
}

void FieldDocs::open(std::string path, bool muted, std::size_t size) {
  frames_.push_back({std::move(path), muted, size});
}

std::string FieldDocs::path_of(const std::string& key) const {
  const std::string& path = frames_.back().path;
  return path.empty() ? key : path + "." + key;
}

}  // namespace btx
