#pragma once
// Reads the members of a config.json, remembering its name for messages.

#include <btx/error.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

namespace btx {

/// One object of a config.json. get() and the like refuse, as fail() does, what is missing or of
/// another type.
class ConfigReader {
 public:
  using Json = nlohmann::ordered_json;

  /// `path` goes before keys in messages: "rope_scaling.". Both must outlive the reader.
  ConfigReader(const Json& json, std::string name, std::string path = "")
      : json_(json), name_(std::move(name)), path_(std::move(path)) {}

  /// Throws btx::Error (usage) with the file's name.
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ExitCode::usage, fmt::format("{}: {}", name_, what));
  }

  const std::string& name() const { return name_; }
  /// Whether the key is there, be it null.
  bool mentions(const char* key) const { return json_.contains(key); }
  bool has(const char* key) const { return mentions(key) && !json_.at(key).is_null(); }
  const Json& at(const char* key) const { return json_.at(key); }

  template <class T>
  T get(const char* key) const {
    if (!has(key)) fail(fmt::format("'{}{}' is missing", path_, key));
    const Json& value = json_.at(key);
    try {
      if (fits<T>(value)) return value.get<T>();
    } catch (const Json::exception&) {  // the message below says it
    }
    fail(fmt::format("'{}{}' has the wrong type: {}", path_, key, shown(value)));
  }
  template <class T>
  T get_or(const char* key, T fallback) const {
    return has(key) ? get<T>(key) : fallback;
  }

  /// Refuses a setting that the model does not do.
  void refuse_unless(const char* key, const Json& only) const {
    if (!has(key) || json_.at(key) == only) return;
    fail(fmt::format("'{}{}' is {}; this model does only {}", path_, key, shown(json_.at(key)),
                     only.dump()));
  }

  /// The object under a key.
  ConfigReader inside(const char* key) const {
    if (!json_.at(key).is_object()) {
      fail(fmt::format("'{}{}' has the wrong type: {}", path_, key, shown(json_.at(key))));
    }
    return {json_.at(key), name_, fmt::format("{}{}.", path_, key)};
  }

 private:
  /// As JSON; of a long one the beginning.
  static std::string shown(const Json& value) {
    const std::string text = value.dump();
    return text.size() <= 80 ? text : fmt::format("{:.80} ...", text);
  }

  /// get() would also take 2.5 and true for an integer.
  template <class T>
  static bool fits(const Json& value) {
    if (std::is_same_v<T, std::int64_t>) return value.is_number_integer();
    return !std::is_same_v<T, double> || value.is_number();
  }

  const Json& json_;
  std::string name_, path_;
};

}  // namespace btx
