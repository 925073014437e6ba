#include "data/request_file.hpp"

#include "base/hash.hpp"
#include "base/json_depth.hpp"
#include "base/text.hpp"
#include "data/text_lines.hpp"

#include <btx/error.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

namespace btx {
namespace {

constexpr std::int64_t kUnconditional = 1'000'000;

/// One line, as it is taken apart.
class Line {
 public:
  Line(const std::string& text, std::string place) : place_(std::move(place)) {
    if (find_invalid_utf8(text) != std::string_view::npos) refuse("the line is not UTF-8 text");
    if (nested_too_deep(text)) refuse("nested deeper than 64 levels");
    parse(text);
    if (!object_.is_object()) {
      refuse(fmt::format("a line must be a JSON object, got {}", object_.type_name()));
    }
  }

  EvalRow row() const {
    const nlohmann::json& request =
        need(object_, "request", "an object", &nlohmann::json::is_object);
    EvalRow row;
    row.place = place_;
    const nlohmann::json& id = need(object_, "doc_id", "an integer or a string", &is_id);
    row.item = id.is_string() ? id.get<std::string>() : std::to_string(id.get<std::int64_t>());
    row.choice =
        need(object_, "idx", "an integer", &nlohmann::json::is_number_integer).get<std::int64_t>();
    row.context = text(request, "context");
    row.continuation = text(request, "continuation");
    if (row.context.empty() && row.continuation.empty()) {
      refuse("request.context and request.continuation: one of them must say something");
    }
    if (const nlohmann::json* stops = find(request, "stop_sequences")) row.stop = strings(*stops);
    if (const nlohmann::json* settings = find(request, "generation_kwargs"))
      row.max_tokens = tokens(*settings);
    const nlohmann::json* label = find(object_, "label");
    row.label = label == nullptr ? "null" : label->dump();
    const nlohmann::json* doc = find(object_, "doc");
    row.doc = doc == nullptr ? "null" : doc->dump();
    return row;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw Error(ExitCode::usage, place_ + ": " + what);
  }

  void parse(const std::string& text) {
    try {
      object_ = nlohmann::json::parse(text);
    } catch (const nlohmann::json::parse_error& error) {
      throw Error(ExitCode::usage, fmt::format("{}:{}: the line is not JSON", place_, error.byte));
    } catch (const nlohmann::json::out_of_range&) {
      refuse("the line has a number that is too large, such as 1e400");
    }
  }

  static bool is_id(const nlohmann::json& value) {
    return value.is_number_integer() || value.is_string();
  }

  /// The member, unless it is missing or null.
  static const nlohmann::json* find(const nlohmann::json& object, const char* key) {
    const auto at = object.find(key);
    return at == object.end() || at->is_null() ? nullptr : &*at;
  }

  template <class Test>
  const nlohmann::json& need(const nlohmann::json& object, const char* key, const char* what,
                             Test test) const {
    const nlohmann::json* value = find(object, key);
    if (value == nullptr) refuse(fmt::format("'{}' is missing; needs {}", key, what));
    if (!std::invoke(test, *value)) {
      refuse(fmt::format("'{}' needs {}, got {}", key, what, value->type_name()));
    }
    return *value;
  }

  std::string text(const nlohmann::json& request, const char* key) const {
    const nlohmann::json* value = find(request, key);
    if (value == nullptr) return "";
    if (value->is_string()) return value->get<std::string>();
    refuse(fmt::format("'request.{}' needs a string, got {}", key, value->type_name()));
  }

  std::vector<std::string> strings(const nlohmann::json& list) const {
    std::vector<std::string> all;
    if (!list.is_array()) refuse("'request.stop_sequences' needs a list of strings");
    for (const auto& item : list) {
      if (!item.is_string() || item.get<std::string>().empty()) {
        refuse("'request.stop_sequences' needs a list of strings that are not empty");
      }
      all.push_back(item.get<std::string>());
    }
    return all;
  }

  std::int64_t tokens(const nlohmann::json& settings) const {
    const nlohmann::json* value = settings.is_object() ? find(settings, "max_gen_toks") : nullptr;
    if (value == nullptr) return 0;
    if (!value->is_number_integer() || value->get<std::int64_t>() < 1) {
      refuse("'request.generation_kwargs.max_gen_toks' needs an integer of at least 1");
    }
    return value->get<std::int64_t>();
  }

  std::string place_;
  nlohmann::json object_;
};

/// The items whose ids have the smallest hashes.
std::set<std::string> chosen(const std::vector<EvalRow>& rows, std::size_t count) {
  std::set<std::pair<std::uint64_t, std::string>> order;
  for (const auto& row : rows) order.emplace(hash64(row.item), row.item);
  std::set<std::string> items;
  for (const auto& [hash, item] : order) {
    if (items.size() < count) items.insert(item);
  }
  return items;
}

/// Refuses a choice that is there twice, and an item whose lines are not together.
void check_order(const std::vector<EvalRow>& rows) {
  std::set<std::string> ended;
  std::set<std::int64_t> choices;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool begins = i == 0 || rows[i].item != rows[i - 1].item;
    if (begins) choices.clear();
    if (begins && !ended.insert(rows[i].item).second) {
      throw Error(ExitCode::usage,
                  fmt::format("{}: item '{}' (doc_id) came before; the lines of an "
                              "item must be together",
                              rows[i].place, rows[i].item));
    }
    if (!choices.insert(rows[i].choice).second) {
      throw Error(ExitCode::usage, fmt::format("{}: choice {} (idx) of item '{}' is there twice",
                                               rows[i].place, rows[i].choice, rows[i].item));
    }
  }
}

/// The item whose choices a line repeats without their question, or "".
std::string conditional_of(const EvalRow& row) {
  std::int64_t id = 0;
  const char* end = row.item.data() + row.item.size();
  const auto [stop, error] = std::from_chars(row.item.data(), end, id);
  const bool repeats = error == std::errc() && stop == end && id >= kUnconditional;
  return repeats ? std::to_string(id - kUnconditional) : "";
}

/// Takes out the lines that repeat a choice of the file without its question; how many they were.
std::size_t drop_unconditional(std::vector<EvalRow>& rows) {
  std::set<std::pair<std::string, std::int64_t>> choices;
  for (const auto& row : rows) choices.emplace(row.item, row.choice);
  return std::erase_if(rows, [&](const EvalRow& row) {
    return choices.count({conditional_of(row), row.choice}) > 0;
  });
}

std::size_t count_items(const std::vector<EvalRow>& rows) {
  std::size_t items = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    items += i == 0 || rows[i].item != rows[i - 1].item ? 1 : 0;
  }
  return items;
}

}  // namespace

void read_rows(const fs::path& path, const std::function<void(EvalRow)>& f) {
  TextLines lines(path);
  for (std::string text; lines.next(text);) {
    if (!text.empty()) f(Line(text, lines.place()).row());
  }
}

RequestFile read_requests(const fs::path& path, std::int64_t items) {
  RequestFile file;
  read_rows(path, [&](EvalRow row) { file.rows.push_back(std::move(row)); });
  file.unconditional = drop_unconditional(file.rows);
  check_order(file.rows);
  file.items = count_items(file.rows);
  if (file.items == 0) throw Error(ExitCode::usage, path.string() + ": has no items");
  if (items > static_cast<std::int64_t>(file.items)) {
    throw Error(ExitCode::usage, fmt::format("{}: has {} items, and {} are asked for",
                                             path.string(), file.items, items));
  }
  if (items > 0) {
    const auto kept = chosen(file.rows, static_cast<std::size_t>(items));
    std::erase_if(file.rows, [&](const EvalRow& row) { return kept.count(row.item) == 0; });
    file.items = kept.size();
  }
  return file;
}

}  // namespace btx
