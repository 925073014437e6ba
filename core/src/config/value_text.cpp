#include "config/value_text.hpp"

#include "config/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace btx {
namespace {

std::string key_text(const std::string& key) {
  const bool bare = !key.empty() && std::all_of(key.begin(), key.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
  return bare ? key : quote(key);
}

std::string inline_text(bool truth) {
  return truth ? "true" : "false";
}
std::string inline_text(std::int64_t number) {
  return std::to_string(number);
}
std::string inline_text(double number) {
  return float_text(number);
}
std::string inline_text(const std::string& text) {
  return quote(text);
}

std::string inline_text(const Array& items) {
  std::string text = "[";
  for (const auto& item : items) text += (text.size() > 1 ? ", " : "") + to_toml_inline(item);
  return text + "]";
}

std::string inline_text(const Table& members) {
  if (members.empty()) return "{}";
  std::string text = "{";
  for (const auto& [key, value, place] : members) {
    text +=
        fmt::format("{} {} = {}", text.size() > 1 ? "," : "", key_text(key), to_toml_inline(value));
  }
  return text + " }";
}

bool is_table_array(const Value& value) {
  if (!value.is<Array>() || value.as<Array>().empty()) return false;
  const auto& items = value.as<Array>();
  return std::all_of(items.begin(), items.end(), [](const Value& v) { return v.is<Table>(); });
}

bool is_section(const Value& value) {
  return value.is<Table>() || is_table_array(value);
}

void write_body(std::string& out, const Table& members, const std::string& path);

void write_section(std::string& out, const Table& members, const std::string& path,
                   const char* header_form) {
  if (!out.empty()) out += '\n';
  out += fmt::format(fmt::runtime(header_form), path);
  write_body(out, members, path);
}

/// A table that only holds sections is implied by their headers.
bool needs_header(const Table& members) {
  return members.empty() || std::any_of(members.begin(), members.end(), [](const Member& member) {
           return !is_section(member.value);
         });
}

/// Sections come last: a plain key below a header would belong to it.
void write_body(std::string& out, const Table& members, const std::string& path) {
  for (const auto& [key, value, place] : members) {
    if (!is_section(value)) out += key_text(key) + " = " + to_toml_inline(value) + "\n";
  }
  for (const auto& [key, value, place] : members) {
    if (!is_section(value)) continue;
    const std::string inner = path.empty() ? key_text(key) : path + "." + key_text(key);
    if (is_table_array(value)) {
      for (const auto& item : value.as<Array>()) {
        write_section(out, item.as<Table>(), inner, "[[{}]]\n");
      }
    } else if (needs_header(value.as<Table>())) {
      write_section(out, value.as<Table>(), inner, "[{}]\n");
    } else {
      write_body(out, value.as<Table>(), inner);
    }
  }
}

}  // namespace

std::string quote(std::string_view text) {
  constexpr std::string_view kSpecial = "\"\\\b\f\n\r\t";
  constexpr std::string_view kLetters = "\"\\bfnrt";
  std::string quoted = "\"";
  for (const char c : text) {
    const auto at = kSpecial.find(c);
    if (at != std::string_view::npos) {
      quoted += {'\\', kLetters[at]};
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      quoted += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

std::string float_text(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
  const std::string text = fmt::format("{}", number);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

std::string to_toml_inline(const Value& value) {
  return std::visit([](const auto& data) { return inline_text(data); }, value.data);
}

std::string to_toml(const Value& table) {
  std::string out;
  write_body(out, table.as<Table>(), "");
  return out;
}

}  // namespace btx
