#pragma once
// A value in a JSON file that knows its place, so that every complaint names file and path.

#include <nlohmann/json.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace btx {

/// Refers to a document that must outlive it. All members but fail() return what was asked for, or
/// throw btx::Error (usage) "FILE: PATH: need a string, got a number".
class JsonNode {
 public:
  JsonNode(const nlohmann::json& value, const std::string& file, std::string path = "");

  /// The member `key`, which must be there.
  JsonNode at(const std::string& key) const;
  /// The member `key`, unless it is absent or null.
  std::optional<JsonNode> find(const std::string& key) const;
  std::vector<JsonNode> items() const;

  const nlohmann::json& object() const;
  const nlohmann::json& array() const;
  const std::string& string() const;
  bool boolean() const;
  /// An integer in 0..limit-1.
  std::int32_t id(std::size_t limit) const;

  /// An integer from 0 up.
  std::int64_t count() const;

  bool is_array() const { return value_->is_array(); }

  /// The member "type".
  const std::string& type() const { return at("type").string(); }
  /// Refuses members that are not among `keys`, as they might mean something.
  void only(std::initializer_list<std::string_view> keys) const;
  /// Refuses the member `key` unless it is absent, null or false.
  void need_off(const std::string& key) const;

  /// Throws btx::Error (usage) "FILE: PATH: message".
  [[noreturn]] void fail(const std::string& message) const;

 private:
  const nlohmann::json& need(bool fits, const char* what) const;

  const nlohmann::json* value_;
  const std::string* file_;
  std::string path_;
};

}  // namespace btx
