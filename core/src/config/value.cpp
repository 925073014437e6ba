#include "config/value.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace btx {
namespace {

constexpr std::array<const char*, 6> kTypeNames = {"boolean", "integer", "float",
                                                   "string",  "array",   "table"};

[[noreturn]] void refuse_file(const Place& place, const std::string& what) {
  throw Error(
      fmt::format("{}: {}; the file is damaged or of another version: remove it, or the "
                  "folder it lies in, and run again",
                  place.str(), what));
}

bool equal(bool a, bool b) {
  return a == b;
}
bool equal(std::int64_t a, std::int64_t b) {
  return a == b;
}
bool equal(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}
bool equal(const std::string& a, const std::string& b) {
  return a == b;
}
bool equal(const Array& a, const Array& b) {
  return a == b;
}

bool equal(const Table& a, const Table& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    // Mostly the order is the same; only otherwise is a search needed.
    const auto same_key = [&](const Member& member) { return member.key == a[i].key; };
    const auto other = same_key(b[i]) ? b.begin() + static_cast<std::ptrdiff_t>(i)
                                      : std::find_if(b.begin(), b.end(), same_key);
    if (other == b.end() || !(a[i].value == other->value)) return false;
  }
  return true;
}

}  // namespace

std::string Place::str() const {
  return line == 0 ? file : fmt::format("{}:{}:{}", file, line, column);
}

Value::Value() : data(Table{}) {}
Value::Value(Data given, Place place) : data(std::move(given)), place(std::move(place)) {}
Value::Value(const char* text) : Value(Data{std::string(text)}) {}
Value::~Value() = default;
Value::Value(const Value&) = default;
Value::Value(Value&&) noexcept = default;
Value& Value::operator=(const Value&) = default;
Value& Value::operator=(Value&&) noexcept = default;

const Value* Value::find(std::string_view key) const {
  if (!is<Table>()) return nullptr;
  for (const auto& member : as<Table>()) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

Value* Value::find(std::string_view key) {
  return const_cast<Value*>(std::as_const(*this).find(key));
}

Value& Value::set(std::string_view key, Value value, Place key_place) {
  for (auto& member : as<Table>()) {
    if (member.key != key) continue;
    member.value = std::move(value);
    if (!key_place.file.empty()) member.place = std::move(key_place);
    return member.value;
  }
  auto& members = as<Table>();
  members.push_back({std::string(key), std::move(value), std::move(key_place)});
  return members.back().value;
}

bool Value::erase(std::string_view key) {
  if (!is<Table>()) return false;
  return std::erase_if(as<Table>(), [&](const Member& member) { return member.key == key; }) > 0;
}

const Value& Value::at(std::string_view key) const {
  if (const Value* member = find(key)) return *member;
  refuse_file(place, fmt::format("'{}' is missing", key));
}

const char* Value::type_name() const {
  return kTypeNames[data.index()];
}

void Value::refuse_type(std::size_t wanted) const {
  refuse_file(place, fmt::format("{} where {} belongs", type_name(), kTypeNames[wanted]));
}

bool operator==(const Value& a, const Value& b) {
  if (a.data.index() != b.data.index()) return false;
  return std::visit([&b](const auto& x) { return equal(x, b.as<std::decay_t<decltype(x)>>()); },
                    a.data);
}

void fail_at(const Place& place, const std::string& message) {
  const std::string text = place.str();
  if (text.empty()) throw Error(ExitCode::usage, message);
  throw PlacedError(ExitCode::usage, text + ": " + message);
}

}  // namespace btx
