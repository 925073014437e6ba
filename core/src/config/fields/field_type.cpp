#include "config/fields/field_type.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <cmath>

namespace btx {
namespace {

std::string noun(FieldType type, const FieldOptions& options) {
  if (options.unit == Unit::tokens) return "a number of tokens such as 5000 or \"20M\"";
  if (options.unit == Unit::bytes) return "a size such as 4096 or \"512MiB\"";
  if (type == FieldType::boolean) return "true or false";
  return (type == FieldType::integer ? "an " : "a ") + type_text(type, options);
}

}  // namespace

std::string type_text(FieldType type, const FieldOptions& options) {
  if (options.unit != Unit::none) return options.unit == Unit::tokens ? "tokens" : "bytes";
  switch (type) {
    case FieldType::boolean: return "boolean";
    case FieldType::integer: return "integer";
    case FieldType::number: return "number";
    case FieldType::string: break;
  }
  return options.path ? "path" : "string";
}

std::string range_text(const FieldOptions& options) {
  if (!options.choices.empty()) {
    return fmt::format("one of '{}'", fmt::join(options.choices, "', '"));
  }
  if (std::isfinite(options.min) && std::isfinite(options.max)) {
    return fmt::format("in [{}, {}]", options.min, options.max);
  }
  if (std::isfinite(options.min)) return fmt::format(">= {}", options.min);
  return std::isfinite(options.max) ? fmt::format("<= {}", options.max) : "";
}

std::string needs_text(FieldType type, const FieldOptions& options) {
  std::string range = range_text(options);
  if (!options.choices.empty()) return range;
  return range.empty() ? noun(type, options) : noun(type, options) + " " + range;
}

std::string array_text(FieldType type, const FieldOptions& options) {
  const std::string item = type_text(type, options);
  return "array of " + item + (item.ends_with('s') ? "" : "s");
}

}  // namespace btx
