#include "recipe/substitute.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <cstdlib>

namespace btx {
namespace {

template <class Change>
void for_each_string(Value& value, const Change& change) {
  if (value.is<std::string>()) {
    value.as<std::string>() = change(value.as<std::string>(), value.place);
  } else if (value.is<Array>()) {
    for (auto& item : value.as<Array>()) for_each_string(item, change);
  } else if (value.is<Table>()) {
    for (auto& member : value.as<Table>()) for_each_string(member.value, change);
  }
}

std::string variable(const std::string& name, const Place& place) {
  const char* text = std::getenv(name.c_str());
  if (text == nullptr) {
    fail_at(place, fmt::format("environment variable {} is not set; set it, or write $${{ for a "
                               "literal ${{",
                               name));
  }
  if (find_invalid_utf8(text) != std::string_view::npos) {
    fail_at(place, fmt::format("environment variable {} is not UTF-8", name));
  }
  return text;
}

std::string substituted(std::string_view text, const Place& place) {
  std::string result;
  while (!text.empty()) {
    if (text.starts_with("$${")) {
      result += "${";
      text.remove_prefix(3);
    } else if (text.starts_with("${")) {
      const auto end = text.find('}');
      if (!text.starts_with("${env:") || end == std::string_view::npos || end == 6) {
        fail_at(place, "${ needs to be ${env:NAME}; write $${ for a literal ${");
      }
      result += variable(std::string(text.substr(6, end - 6)), place);
      text.remove_prefix(end + 1);
    } else {
      result += text.front();
      text.remove_prefix(1);
    }
  }
  return result;
}

std::string escaped(std::string text, const Place&) {
  for (std::size_t at = 0; (at = text.find("${", at)) != std::string::npos; at += 3) {
    text.insert(at, 1, '$');
  }
  return text;
}

}  // namespace

void substitute_env(Value& tree) {
  for_each_string(tree, substituted);
}
void escape_env(Value& tree) {
  for_each_string(tree, escaped);
}

}  // namespace btx
