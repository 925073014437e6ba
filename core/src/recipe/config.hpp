#pragma once
// Config structs from and to tables of a recipe, in one call.

#include "recipe/field_reader.hpp"
#include "recipe/field_writer.hpp"

#include <string>

namespace btx {

/// Throws btx::Error (usage) as FieldReader does; `where` names the table: "[finetune]".
template <class T>
T read_config(const Value& table, const std::string& where) {
  FieldReader reader(table, where);
  Fields fields(reader);
  T config;
  config.fields(fields);
  reader.finish();
  return config;
}

template <class T>
Value write_config(T config) {
  FieldWriter writer;
  Fields fields(writer);
  config.fields(fields);
  return writer.take();
}

}  // namespace btx
