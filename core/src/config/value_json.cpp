#include "config/json_fault.hpp"
#include "config/value.hpp"
#include "config/value_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace btx {
namespace {

std::string json_text(bool truth, bool) {
  return truth ? "true" : "false";
}
std::string json_text(std::int64_t number, bool) {
  return std::to_string(number);
}
std::string json_text(const std::string& text, bool) {
  return quote(text);
}

std::string json_text(double number, bool) {
  return std::isfinite(number) ? float_text(number) : quote(float_text(number));
}

std::string json_text(const Array& items, bool sorted) {
  std::string text = "[";
  for (const auto& item : items) text += (text.size() > 1 ? "," : "") + to_json(item, sorted);
  return text + "]";
}

std::string json_text(const Table& members, bool sorted) {
  std::vector<const Member*> order;
  for (const auto& member : members) order.push_back(&member);
  if (sorted) std::ranges::sort(order, [](auto* a, auto* b) { return a->key < b->key; });
  std::string text = "{";
  for (const auto* member : order) {
    text += fmt::format("{}{}:{}", text.size() > 1 ? "," : "", quote(member->key),
                        to_json(member->value, sorted));
  }
  return text + "}";
}

/// The place of a byte offset, as people count.
Place place_of(std::string_view text, std::size_t offset, const std::string& name) {
  const auto before = text.substr(0, std::min(offset, text.size()));
  const auto line_start = before.rfind('\n') + 1;  // npos + 1 == 0
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  return {name, static_cast<std::uint32_t>(line),
          static_cast<std::uint32_t>(std::max<std::size_t>(before.size() - line_start, 1))};
}

/// Builds the tree from nlohmann's events: its parser keeps its own stack, so that depth is ours to
/// limit, and hands over keys that are given twice.
class Builder {
 public:
  Builder(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  bool null() {
    if (open_.back().is<Array>()) fail("null has no place here");
    return true;
  }
  bool boolean(bool truth) { return add(truth); }
  bool number_integer(std::int64_t number) { return add(number); }
  bool number_unsigned(std::uint64_t number) {
    if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      fail(fmt::format("integer {} is too large", number));
    }
    return add(static_cast<std::int64_t>(number));
  }
  bool number_float(double number, const std::string&) { return add(number); }
  bool string(std::string& text) { return add(std::move(text)); }
  bool binary(nlohmann::json::binary_t&) { return false; }
  bool start_object(std::size_t) { return open(Table{}); }
  bool start_array(std::size_t) { return open(Array{}); }
  bool key(std::string& key) {
    keys_.back() = std::move(key);
    return true;
  }
  bool end_object() {
    keys_.back().clear();
    check_keys(open_.back().as<Table>());
    return close();
  }
  bool end_array() { return close(); }
  bool parse_error(std::size_t offset, const std::string&, const nlohmann::json::exception& error) {
    const std::string reason = json_fault(error.what());
    const auto colon = reason.find(": ");  // "parse error at line 1, column 2: syntax error ..."
    fail_at(place_of(text_, offset, name_),
            reason.substr(colon == std::string::npos ? 0 : colon + 2));
  }

  Value result() { return std::move(open_.front().as<Array>().front()); }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    std::string path;
    for (const auto& key : keys_) path += (path.empty() || key.empty() ? "" : ".") + key;
    fail_at({name_}, path.empty() ? message : path + ": " + message);
  }

  bool add(Value::Data data) {
    Value& parent = open_.back();
    Value value(std::move(data), {name_});
    if (parent.is<Array>()) {
      parent.as<Array>().push_back(std::move(value));
    } else {
      parent.as<Table>().push_back({keys_.back(), std::move(value), {name_}});
    }
    return true;
  }

  bool open(Value::Data data) {
    if (open_.size() > kMaxDepth) fail(fmt::format("nested deeper than {} levels", kMaxDepth));
    open_.push_back(Value(std::move(data), {name_}));
    keys_.emplace_back();
    return true;
  }

  bool close() {
    Value::Data data = std::move(open_.back().data);
    open_.pop_back();
    keys_.pop_back();
    return add(std::move(data));
  }

  void check_keys(const Table& members) const {
    std::vector<std::string_view> keys;
    for (const auto& member : members) keys.push_back(member.key);
    std::ranges::sort(keys);
    const auto twice = std::ranges::adjacent_find(keys);
    if (twice != keys.end()) fail(fmt::format("key '{}' is given twice", *twice));
  }

  std::string_view text_;
  const std::string& name_;
  std::vector<Value> open_{Value(Array{})};  ///< the first holds the result
  std::vector<std::string> keys_{""};        ///< the key being read at each level
};

}  // namespace

std::string to_json(const Value& value, bool sorted) {
  return std::visit([sorted](const auto& data) { return json_text(data, sorted); }, value.data);
}

Value from_json(std::string_view text, const std::string& name) {
  Builder builder(text, name);
  nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  return builder.result();
}

}  // namespace btx
