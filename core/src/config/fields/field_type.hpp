#pragma once
// What a field takes, in words: for messages and for the recipe reference.

#include <btx/params.hpp>

#include <cstdint>
#include <string>
#include <type_traits>

namespace btx {

/// What a leaf holds, or each item of an array of leaves.
enum class FieldType { boolean, integer, number, string };

/// That of a field, or of an array's items, of type T.
template <class T>
constexpr FieldType field_type() {
  if constexpr (std::is_same_v<T, bool>) return FieldType::boolean;
  if constexpr (std::is_same_v<T, std::int64_t>) return FieldType::integer;
  if constexpr (std::is_same_v<T, double>) return FieldType::number;
  return FieldType::string;
}

/// "integer", "tokens", "path", ...
std::string type_text(FieldType type, const FieldOptions& options);
/// ">= 1", "in [0, 1]", "one of 'a', 'b'", or "".
std::string range_text(const FieldOptions& options);
/// type_text() and range_text() together, as in "needs an integer >= 1": "an integer >= 1", "one of
/// 'a', 'b'".
std::string needs_text(FieldType type, const FieldOptions& options);
/// "array of integers".
std::string array_text(FieldType type, const FieldOptions& options);

}  // namespace btx
