#include "tokenizer/json/json_node.hpp"

#include "base/text.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace btx {

JsonNode::JsonNode(const nlohmann::json& value, const std::string& file, std::string path)
    : value_(&value), file_(&file), path_(std::move(path)) {}

void JsonNode::fail(const std::string& message) const {
  const std::string place = path_.empty() ? *file_ : fmt::format("{}: {}", *file_, path_);
  throw Error(ExitCode::usage, fmt::format("{}: {}", place, message));
}

const nlohmann::json& JsonNode::need(bool fits, const char* what) const {
  if (!fits) fail(fmt::format("need {}, got {}", what, value_->type_name()));
  return *value_;
}

const nlohmann::json& JsonNode::object() const {
  return need(value_->is_object(), "an object");
}
const nlohmann::json& JsonNode::array() const {
  return need(value_->is_array(), "an array");
}
const std::string& JsonNode::string() const {
  return need(value_->is_string(), "a string").get_ref<const std::string&>();
}
bool JsonNode::boolean() const {
  return need(value_->is_boolean(), "true or false").get<bool>();
}

std::int32_t JsonNode::id(std::size_t limit) const {
  need(value_->is_number_integer(), "a token id");
  if (!value_->is_number_unsigned() || value_->get<std::uint64_t>() >= limit) {
    fail(fmt::format("need an id in 0..{}, got {}", limit - 1, value_->dump()));
  }
  return value_->get<std::int32_t>();
}

std::int64_t JsonNode::count() const {
  need(value_->is_number_integer(), "a number of times");
  const bool fits = value_->is_number_unsigned() && value_->get<std::uint64_t>() <= INT32_MAX;
  if (!fits) fail(fmt::format("need an integer in 0..{}, got {}", INT32_MAX, value_->dump()));
  return value_->get<std::int64_t>();
}

JsonNode JsonNode::at(const std::string& key) const {
  const auto found = object().find(key);
  if (found == value_->end()) fail(fmt::format("need a member '{}'", key));
  return {*found, *file_, path_.empty() ? key : fmt::format("{}.{}", path_, key)};
}

std::optional<JsonNode> JsonNode::find(const std::string& key) const {
  const auto found = object().find(key);
  if (found == value_->end() || found->is_null()) return std::nullopt;
  return at(key);
}

std::vector<JsonNode> JsonNode::items() const {
  std::vector<JsonNode> items;
  for (const auto& item : array()) {
    items.emplace_back(item, *file_, fmt::format("{}[{}]", path_, items.size()));
  }
  return items;
}

void JsonNode::only(std::initializer_list<std::string_view> keys) const {
  for (const auto& [key, value] : object().items()) {
    if (std::ranges::find(keys, key) != keys.end()) continue;
    fail(fmt::format("'{}' is not known here{}", key,
                     did_you_mean(key, {keys.begin(), keys.end()})));
  }
}

void JsonNode::need_off(const std::string& key) const {
  const auto member = find(key);
  if (member && member->boolean()) member->fail("true is not supported; need false");
}

}  // namespace btx
