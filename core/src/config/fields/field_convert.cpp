#include "config/fields/field_convert.hpp"

#include "base/file.hpp"
#include "config/fields/field_type.hpp"
#include "config/package_path.hpp"
#include "config/quantity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace btx {
namespace {

std::string describe(const Value& value) {
  constexpr std::size_t kMaxShown = 60;
  if (value.is<Table>()) return "a table";
  if (value.is<Array>() && value.as<Array>().size() != 1) {
    return fmt::format("an array of {} items", value.as<Array>().size());
  }
  if (value.is<Array>()) return "an array of 1 item";
  const std::string text = to_toml_inline(value);
  return text.size() <= kMaxShown ? fmt::format("{} {}", value.type_name(), text)
                                  : fmt::format("a {} of {} bytes", value.type_name(), text.size());
}

template <class T>
void convert_array(const Value& given, const FieldSpec& spec, const std::string& path,
                   std::vector<T>& field) {
  if (!given.is<Array>()) {
    refuse(given, spec, path, "an " + array_text(field_type<T>(), spec.options));
  }
  const auto& items = given.as<Array>();
  field.resize(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    convert(items[i], spec, fmt::format("{}[{}]", path, i), field[i]);
  }
}

bool in_range(double number, const FieldOptions& options) {
  return std::isfinite(number) && number >= options.min && number <= options.max;
}

}  // namespace

std::string help_text(const FieldSpec& spec) {
  return spec.help.empty() ? "" : "; " + spec.help;
}

void refuse(const Value& given, const FieldSpec& spec, const std::string& path,
            const std::string& needs) {
  fail_at(given.place,
          fmt::format("{}: needs {}, got {}{}", path, needs, describe(given), help_text(spec)));
}

std::string resolve_path(const std::string& text, const Place& place) {
  if (text.empty() || text == "-") return text;
  if (is_package_path(text)) {
    check_package_path(text, place);
    return text;
  }
  const fs::path folder = place.line == 0 ? fs::path() : fs::path(place.file).parent_path();
  std::error_code error;
  const fs::path absolute = fs::absolute(folder / text, error);
  if (error) {
    fail_at(place, fmt::format("{}: the current folder is unknown: {}", text, error.message()));
  }
  return absolute.lexically_normal().string();
}

void convert(const Value& given, const FieldSpec& spec, const std::string& path, bool& field) {
  if (!given.is<bool>()) refuse(given, spec, path, needs_text(FieldType::boolean, spec.options));
  field = given.as<bool>();
}

void convert(const Value& given, const FieldSpec& spec, const std::string& path,
             std::int64_t& field) {
  std::optional<std::int64_t> number;
  if (given.is<std::int64_t>()) number = given.as<std::int64_t>();
  if (given.is<std::string>() && spec.options.unit != Unit::none) {
    number = parse_quantity(given.as<std::string>(), spec.options.unit);
  }
  if (!number || !in_range(static_cast<double>(*number), spec.options)) {
    refuse(given, spec, path, needs_text(FieldType::integer, spec.options));
  }
  field = *number;
}

void convert(const Value& given, const FieldSpec& spec, const std::string& path, double& field) {
  std::optional<double> number;
  if (given.is<double>()) number = given.as<double>();
  if (given.is<std::int64_t>()) number = static_cast<double>(given.as<std::int64_t>());
  if (given.is<std::string>() && spec.options.unit != Unit::none) {
    const auto whole = parse_quantity(given.as<std::string>(), spec.options.unit);
    if (whole) number = static_cast<double>(*whole);
  }
  if (!number || !in_range(*number, spec.options)) {
    refuse(given, spec, path, needs_text(FieldType::number, spec.options));
  }
  field = *number;
}

void convert(const Value& given, const FieldSpec& spec, const std::string& path,
             std::string& field) {
  const auto& choices = spec.options.choices;
  const bool fits =
      given.is<std::string>() &&
      (choices.empty() || std::ranges::find(choices, given.as<std::string>()) != choices.end());
  if (!fits) refuse(given, spec, path, needs_text(FieldType::string, spec.options));
  if (spec.options.path && path.ends_with(']') && given.as<std::string>().empty()) {
    refuse(given, spec, path, "a path");
  }
  field = spec.options.path ? resolve_path(given.as<std::string>(), given.place)
                            : given.as<std::string>();
}

void convert(const Value& given, const FieldSpec& spec, const std::string& path,
             std::vector<std::int64_t>& field) {
  convert_array(given, spec, path, field);
}

void convert(const Value& given, const FieldSpec& spec, const std::string& path,
             std::vector<double>& field) {
  convert_array(given, spec, path, field);
}

void convert(const Value& given, const FieldSpec& spec, const std::string& path,
             std::vector<std::string>& field) {
  convert_array(given, spec, path, field);
}

void convert(const Value& given, const FieldSpec& spec, const std::string& path,
             std::map<std::string, double>& field) {
  if (!given.is<Table>()) refuse(given, spec, path, "a table of numbers");
  field.clear();
  for (const auto& [key, value, place] : given.as<Table>()) {
    convert(value, spec, path + "." + key, field[key]);
  }
}

}  // namespace btx
