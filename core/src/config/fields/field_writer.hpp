#pragma once
// Writes a config struct as a table of a recipe: the resolved recipe.

#include "config/fields/field_visitor.hpp"

#include <btx/params.hpp>

#include <map>
#include <string>
#include <vector>

namespace btx {

/// What becomes of fields with FieldOptions::omit_default that have their default.
enum class Defaults { write, omit };

class FieldWriter;
extern template class FieldVisitorOf<FieldWriter>;

/// Every field with its present value, units as plain integers; reading the result gives an equal
/// config.   [any]
class BTX_EXPORT FieldWriter : public FieldVisitorOf<FieldWriter> {
 public:
  /// `place` becomes the place of every value.
  explicit FieldWriter(std::string place = kDefaultPlace, Defaults defaults = Defaults::write);
  ~FieldWriter() override;

  template <class T>
  void on(const FieldSpec& spec, T& value);

  bool has(const FieldSpec& spec, bool present) override;
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
    bool left_out;  ///< not written on close(): empty, with Defaults::omit and omit_default
  };

  bool leaves_out(const FieldSpec& spec) const;
  Value make(Value::Data data) const;
  template <class T>
  Value make_leaf(const T& value) const;
  void open(const std::string& key, Value::Data data);

  Place place_;
  Defaults defaults_;
  std::vector<Frame> frames_;
};

/// Gives what was `given` in a recipe its place in the resolved tree; items of arrays are paired by
/// position.
BTX_EXPORT void copy_sources(Value& resolved, const Value& given);

}  // namespace btx
