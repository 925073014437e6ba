#include "config/value_access.hpp"

namespace btx {

double number_of(const Value& value) {
  return value.is<std::int64_t>() ? static_cast<double>(value.as<std::int64_t>())
                                  : value.as<double>();
}

std::vector<double> numbers_of(const Value& array) {
  std::vector<double> numbers;
  for (const auto& item : array.as<Array>()) numbers.push_back(number_of(item));
  return numbers;
}

std::vector<std::string> strings_of(const Value& array) {
  std::vector<std::string> strings;
  for (const auto& item : array.as<Array>()) strings.push_back(item.as<std::string>());
  return strings;
}

Value to_value(const std::vector<double>& numbers) {
  Array array;
  for (const double number : numbers) array.emplace_back(number);
  return Value(std::move(array));
}

Value to_value(const std::vector<std::string>& strings) {
  Array array;
  for (const auto& text : strings) array.emplace_back(text);
  return Value(std::move(array));
}

}  // namespace btx
