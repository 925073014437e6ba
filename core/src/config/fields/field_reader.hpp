#pragma once
// Reads a table of a recipe into a config struct, with every check.

#include "config/fields/field_visitor.hpp"

#include <btx/params.hpp>

#include <map>
#include <string>
#include <vector>

namespace btx {

/// What becomes of a path "package:NAME/inner" (package_path.hpp): checked and kept, so that what
/// is read is the same on every machine, or replaced by the file on this one.
enum class PackagePaths { keep, open };

class FieldReader;
extern template class FieldVisitorOf<FieldReader>;

///   FieldReader reader(table, "[finetune]");
///   Fields fields(reader);
///   config.fields(fields);
///   reader.finish();
///
/// Integers do for doubles; fields with a unit also take text such as "20M". Fields with
/// options.path become absolute, normal paths: from the folder of the file that gave the value, or
/// from the current folder for defaults and the command line; "" and "-" stay as they are.
/// Paths into packages are what PackagePaths says.
///
/// Throws btx::Error (usage) with the place for the first value that does not fit; at the end of a
/// table for an unknown key and then for a missing required one, so that a misspelt required key
/// is reported as what it is. The table must outlive the reader.   [any]
class BTX_EXPORT FieldReader : public FieldVisitorOf<FieldReader> {
 public:
  /// `where` names the table in messages: "[finetune]", or "" for a whole recipe.
  FieldReader(const Value& table, const std::string& where,
              PackagePaths packages = PackagePaths::keep);
  ~FieldReader() override;

  template <class T>
  void on(const FieldSpec& spec, T& value);
  void on(const FieldSpec& spec, Value& value);

  bool has(const FieldSpec& spec, bool present) override;
  void open_table(const FieldSpec& spec) override;
  std::size_t open_list(const FieldSpec& spec, std::size_t size) override;
  void open_item(std::size_t index) override;
  std::vector<std::string> open_map(const FieldSpec& spec, std::vector<std::string> keys) override;
  void open_entry(const std::string& key) override;
  void close() override;

  /// A key of the current table that somebody else will check, such as the parameters of a plugin;
  /// null if it is not given.
  const Value* raw(const std::string& key);

  /// Call after fields(): checks the outermost table for unknown and missing keys.
  void finish();

 private:
  /// A table, list or map being read.
  struct Frame {
    const Value* given;  ///< null: not in the recipe, all defaults
    std::string path;    ///< of its keys in messages
    Place place;         ///< where something missing would go
    bool is_table = true;
    std::vector<std::string> known = {};
    std::string missing = {};  ///< message about the first required key that is not given
  };

  const Value* take(const FieldSpec& spec, const std::string& needs);
  void open(const Value* given, std::string path, bool is_table);
  std::string path_of(const std::string& key) const;
  static void check(const Frame& frame);

  std::vector<Frame> frames_;
  PackagePaths packages_;
};

}  // namespace btx
