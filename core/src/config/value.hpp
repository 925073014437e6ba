#pragma once
// A TOML document after parsing: a tree of values, each of which remembers where it was written.

#include <btx/error.hpp>
#include <btx/export.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace btx {

/// A place in a file; line and column start at 1, 0 where `file` is not a file that was parsed but
/// "command line: key=value" or "default".
struct Place {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  /// "file:line:column", or the file alone.
  BTX_EXPORT std::string str() const;
};

/// The file of values that nobody wrote.
inline constexpr const char* kDefaultPlace = "default";

class Value;
/// One key of a table: its own place and its value. Order is that of the file.
struct Member;
using Array = std::vector<Value>;
using Table = std::vector<Member>;

/// bool, integer, float, string, array or table.
class BTX_EXPORT Value {
 public:
  using Data = std::variant<bool, std::int64_t, double, std::string, Array, Table>;

  Value();  ///< an empty table
  // NOLINTNEXTLINE(google-explicit-constructor): data are a Value wherever one is asked for
  Value(Data data, Place place = {});
  Value(const char* text);  // NOLINT(google-explicit-constructor): likewise
  ~Value();
  Value(const Value&);
  Value(Value&&) noexcept;
  Value& operator=(const Value&);
  Value& operator=(Value&&) noexcept;

  template <class T>
  bool is() const {
    return std::holds_alternative<T>(data);
  }
  /// The data, which must be of this type. Throws btx::Error (run) with the place: a file that btx
  /// wrote is damaged; what users write is read with read_config.
  template <class T>
  const T& as() const {
    if (const T* held = std::get_if<T>(&data)) return *held;
    // NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): it takes at() for one that returns null
    refuse_type(Data(T{}).index());
  }
  template <class T>
  T& as() {
    return const_cast<T&>(std::as_const(*this).as<T>());
  }

  /// The member of a table that must have it. Throws btx::Error (run) as as() does.
  const Value& at(std::string_view key) const;
  /// The member of a table, or null (also when this is not a table).
  const Value* find(std::string_view key) const;
  Value* find(std::string_view key);
  /// Sets a member of a table, keeping its position if it exists.
  Value& set(std::string_view key, Value value, Place key_place = {});
  /// Removes a member of a table; false if there was none.
  bool erase(std::string_view key);
  /// "string", "integer", ... for messages.
  const char* type_name() const;

  Data data;
  Place place;

 private:
  [[noreturn]] void refuse_type(std::size_t wanted) const;
};

struct Member {
  std::string key;
  Value value;
  Place place;  ///< of the key
};

/// How deep tables and arrays may be nested in a text; hostile input must not exhaust the stack.
inline constexpr std::size_t kMaxDepth = 128;

/// Equal data, whatever the places and the order of keys; NaN equals NaN.
BTX_EXPORT bool operator==(const Value& a, const Value& b);

/// An error whose message begins with a place.
class BTX_EXPORT PlacedError : public Error {
 public:
  using Error::Error;
};

/// Throws a PlacedError (usage) with the place in front of the message; without a place a
/// btx::Error.
[[noreturn]] BTX_EXPORT void fail_at(const Place& place, const std::string& message);

/// The value as TOML: tables as [sections], arrays of tables as [[sections]].
BTX_EXPORT std::string to_toml(const Value& table);
/// The value as TOML on one line, tables as { key = value }.
BTX_EXPORT std::string to_toml_inline(const Value& value);
/// The value as JSON on one line, keys in the tree's order; numbers as the shortest text that reads
/// back to the same bits, floats that JSON lacks as "inf", "-inf", "nan". `sorted` orders keys, for
/// digests.
BTX_EXPORT std::string to_json(const Value& value, bool sorted = false);
/// Parses JSON into a tree whose values have `name` as their place. Members that are null are left
/// out. Throws btx::Error (usage) naming `name` and the place: no JSON, a key given twice, null in
/// an array, an integer of more than 63 bits, nesting beyond kMaxDepth.
BTX_EXPORT Value from_json(std::string_view text, const std::string& name);

}  // namespace btx
