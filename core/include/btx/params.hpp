#pragma once
// Parameters are declared once: a config struct lists its fields, and parsing, type and range
// checks, defaults, help texts, the recipe reference and the resolved recipe all follow.
//
//   struct Config {
//     std::int64_t k = 2;
//     void fields(btx::Fields& f) { f("k", k, "experts per token", {.min = 1}); }
//   };

#include <btx/enum_names.hpp>
#include <btx/export.hpp>

#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace btx {

class Value;

/// How a number may be written: "20M" tokens, "512MiB".
enum class Unit { none, tokens, bytes };

/// What may be said of a field beside its name and help text. Ranges are inclusive.
struct FieldOptions {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  Unit unit = Unit::none;
  std::vector<std::string> choices = {};  ///< allowed values of a string; empty: any
  bool required = false;                  ///< no default: a recipe must give it
  bool path = false;  ///< a string or strings: relative to the file that states it
  /// At its default (0, false, empty) it is left out of a stage's settings, so that results made
  /// before there was such a field keep their keys.
  bool omit_default = false;
};

/// One field as fields() declares it: what every visit() of a FieldVisitor is told.
struct FieldSpec {
  std::string name;
  std::string help;
  FieldOptions options;
};

/// Receives the fields of a config in order of declaration. The core derives a reader, a writer
/// and a documenter from it; plugins only hand it on.
class BTX_EXPORT FieldVisitor {
 public:
  virtual ~FieldVisitor();
  virtual void visit(const FieldSpec& spec, bool& value) = 0;
  virtual void visit(const FieldSpec& spec, std::int64_t& value) = 0;
  virtual void visit(const FieldSpec& spec, double& value) = 0;
  virtual void visit(const FieldSpec& spec, std::string& value) = 0;
  virtual void visit(const FieldSpec& spec, std::vector<std::int64_t>& value) = 0;
  virtual void visit(const FieldSpec& spec, std::vector<double>& value) = 0;
  virtual void visit(const FieldSpec& spec, std::vector<std::string>& value) = 0;
  virtual void visit(const FieldSpec& spec, std::map<std::string, double>& value) = 0;
  /// A table that somebody else will check, such as another component's parameters. Core only.
  virtual void visit(const FieldSpec& spec, Value& value) = 0;

  /// Whether an optional field, which is `present` now, is to be there. Only then it is visited.
  virtual bool has(const FieldSpec& spec, bool present) = 0;

  /// A nested table: fields visited until close() belong to it.
  virtual void open_table(const FieldSpec& spec) = 0;
  /// An array of tables of `size` items now; returns how many there are to be. Each item is
  /// visited between open_item(i) and close(), the array ends with close().
  virtual std::size_t open_list(const FieldSpec& spec, std::size_t size) = 0;
  virtual void open_item(std::size_t index) = 0;
  /// A table of tables with the given keys now; returns the keys there are to be.
  virtual std::vector<std::string> open_map(const FieldSpec& spec,
                                            std::vector<std::string> keys) = 0;
  virtual void open_entry(const std::string& key) = 0;
  virtual void close() = 0;
};

class Fields;

/// A struct that declares its fields, so that it can be a table inside another one.
template <class T>
concept HasFields = requires(T value, Fields& f) {
  value.fields(f);
};

/// What a config's fields() is handed.   [any]
class Fields {
 public:
  explicit Fields(FieldVisitor& visitor) : visitor_(visitor) {}

  /// Declares one field. `value` holds the default before, and the recipe's value after.
  template <class T>
  void operator()(const char* name, T& value, const char* help, FieldOptions options = {}) {
    FieldSpec spec{name, help, std::move(options)};
    if constexpr (HasFields<T>) {
      visitor_.open_table(spec);
      value.fields(*this);
      visitor_.close();
    } else if constexpr (std::is_enum_v<T>) {
      spec.options.choices.assign(kEnumNames<T>.begin(), kEnumNames<T>.end());
      std::string text = name_of(value);
      visitor_.visit(spec, text);
      value = value_named<T>(text).value_or(value);
    } else {
      visitor_.visit(spec, value);
    }
  }

  /// A field that may be left out: nothing is written of it, and it stays empty.
  template <class T>
  void operator()(const char* name, std::optional<T>& value, const char* help,
                  FieldOptions options = {}) {
    if (!visitor_.has({name, help, options}, value.has_value())) {
      value.reset();
      return;
    }
    if (!value) value.emplace();
    (*this)(name, *value, help, std::move(options));
  }

  template <HasFields T>
  void operator()(const char* name, std::vector<T>& items, const char* help,
                  FieldOptions options = {}) {
    items.resize(visitor_.open_list({name, help, std::move(options)}, items.size()));
    for (std::size_t i = 0; i < items.size(); ++i) {
      visitor_.open_item(i);
      items[i].fields(*this);
      visitor_.close();
    }
    visitor_.close();
  }

  template <HasFields T>
  void operator()(const char* name, std::map<std::string, T>& entries, const char* help,
                  FieldOptions options = {}) {
    std::vector<std::string> keys;
    for (const auto& [key, entry] : entries) keys.push_back(key);
    std::map<std::string, T> given;
    for (const auto& key : visitor_.open_map({name, help, std::move(options)}, keys)) {
      visitor_.open_entry(key);
      T& entry = given[key];
      if (entries.count(key) != 0) entry = entries[key];
      entry.fields(*this);
      visitor_.close();
    }
    visitor_.close();
    entries = std::move(given);
  }

  /// For core types that are fields of their own (a component chosen by name).
  FieldVisitor& visitor() { return visitor_; }

 private:
  FieldVisitor& visitor_;
};

}  // namespace btx
