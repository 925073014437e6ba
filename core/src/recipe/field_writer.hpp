#pragma once
// Writes a config struct as a table of a recipe: the resolved recipe.

#include "recipe/value.hpp"

#include <btx/params.hpp>

#include <map>
#include <string>
#include <vector>

namespace btx {

/// Every field with its present value, units as plain integers; reading the result gives an equal
/// config.   [any]
class BTX_EXPORT FieldWriter : public FieldVisitor {
 public:
  /// `source` becomes the source of every value.
  explicit FieldWriter(std::string source = "default");
  ~FieldWriter() override;

  void visit(const FieldSpec& spec, bool& value) override;
  void visit(const FieldSpec& spec, std::int64_t& value) override;
  void visit(const FieldSpec& spec, double& value) override;
  void visit(const FieldSpec& spec, std::string& value) override;
  void visit(const FieldSpec& spec, std::vector<std::int64_t>& value) override;
  void visit(const FieldSpec& spec, std::vector<double>& value) override;
  void visit(const FieldSpec& spec, std::vector<std::string>& value) override;
  void visit(const FieldSpec& spec, std::map<std::string, double>& value) override;
  void visit(const FieldSpec& spec, Value& value) override;
  void open_table(const FieldSpec& spec) override;
  std::size_t open_list(const FieldSpec& spec, std::size_t size) override;
  void open_item(std::size_t index) override;
  std::vector<std::string> open_map(const FieldSpec& spec, std::vector<std::string> keys) override;
  void open_entry(const std::string& key) override;
  void close() override;

  /// Adds a key to the current table as it is, such as the parameters of a plugin.
  void raw(const std::string& key, Value value);

  /// The table; call once, after fields().
  Value take();

 private:
  /// A table, list or map being written, and its key in the one around it ("" for a list's item).
  struct Frame {
    std::string key;
    Value value;
  };

  Value make(Value::Data data) const;
  template <class T>
  Value make_array(const std::vector<T>& items) const;
  void open(const std::string& key, Value::Data data);

  Source source_;
  std::vector<Frame> frames_;
};

/// Gives what was `given` in a recipe its place in the resolved tree; items of arrays are paired by
/// position.
BTX_EXPORT void copy_sources(Value& resolved, const Value& given);

}  // namespace btx
