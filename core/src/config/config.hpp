#pragma once
// Config structs from and to tables of a recipe, in one call.

#include "base/file.hpp"
#include "config/fields/field_reader.hpp"
#include "config/fields/field_writer.hpp"

#include <btx/error.hpp>

#include <string>

namespace btx {

/// Throws btx::Error (usage) as FieldReader does; `where` names the table: "[finetune]", or a file
/// that btx wrote.
template <class T>
T read_config(const Value& table, const std::string& where) {
  FieldReader reader(table, where);
  Fields fields(reader);
  T config;
  config.fields(fields);
  reader.finish();
  return config;
}

/// Every field, or with Defaults::omit all but those that FieldOptions::omit_default leaves out.
template <class T>
Value write_config(T config, Defaults defaults = Defaults::write) {
  FieldWriter writer(kDefaultPlace, defaults);
  Fields fields(writer);
  config.fields(fields);
  return writer.take();
}

/// A file that btx wrote with write_config(). Throws btx::Error (run) naming the file if it cannot
/// be read, is damaged or of another version.
template <class T>
T read_config_file(const fs::path& file) {
  const std::string text = read_file(file);
  try {
    return read_config<T>(from_json(text, file.string()), "");
  } catch (const Error& error) {
    throw Error(std::string(error.what()) +
                "; the file is damaged or of another version of btx: remove it and run again");
  }
}

}  // namespace btx
