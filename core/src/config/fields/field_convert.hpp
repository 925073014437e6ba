#pragma once
// One value of a recipe as the value of a field.

#include "config/value.hpp"

#include <btx/params.hpp>

#include <map>
#include <string>
#include <vector>

namespace btx {

/// Checks type, range, choices and unit, and sets `field`. Throws btx::Error (usage): "place: path:
/// needs ..., got ...; help".
void convert(const Value& given, const FieldSpec& spec, const std::string& path, bool& field);
void convert(const Value& given, const FieldSpec& spec, const std::string& path,
             std::int64_t& field);
void convert(const Value& given, const FieldSpec& spec, const std::string& path, double& field);
void convert(const Value& given, const FieldSpec& spec, const std::string& path,
             std::string& field);
void convert(const Value& given, const FieldSpec& spec, const std::string& path,
             std::vector<std::int64_t>& field);
void convert(const Value& given, const FieldSpec& spec, const std::string& path,
             std::vector<double>& field);
void convert(const Value& given, const FieldSpec& spec, const std::string& path,
             std::vector<std::string>& field);
void convert(const Value& given, const FieldSpec& spec, const std::string& path,
             std::map<std::string, double>& field);

/// Throws the same message for a value that is not a table, array, ...
[[noreturn]] void refuse(const Value& given, const FieldSpec& spec, const std::string& path,
                         const std::string& needs);

/// The end of a message about a field: "; its help text", or "".
std::string help_text(const FieldSpec& spec);

/// A path field's text made absolute and normal, from the folder of the file in `place`; one into
/// a package is checked and stays as it is.
std::string resolve_path(const std::string& text, const Place& place);

}  // namespace btx
