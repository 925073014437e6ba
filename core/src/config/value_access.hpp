#pragma once
// Numbers and strings out of a Value whose form is known, such as an artifact's JSON, and into one.

#include "config/value.hpp"

#include <string>
#include <vector>

namespace btx {

/// An integer or a float. Throws btx::Error for anything else, as Value::as does.
BTX_EXPORT double number_of(const Value& value);
/// An array of numbers, or of strings; both throw as number_of() does.
BTX_EXPORT std::vector<double> numbers_of(const Value& array);
BTX_EXPORT std::vector<std::string> strings_of(const Value& array);

/// The array of these, without a place.
BTX_EXPORT Value to_value(const std::vector<double>& numbers);
BTX_EXPORT Value to_value(const std::vector<std::string>& strings);

}  // namespace btx
