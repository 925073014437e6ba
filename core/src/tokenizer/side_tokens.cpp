#include "tokenizer/side_tokens.hpp"

#include "base/file.hpp"
#include "base/json_depth.hpp"

#include <btx/error.hpp>
#include <btx/log.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <map>
#include <unordered_set>

namespace btx {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMostIds = std::int64_t{1} << 30;

/// An empty object for a file that is not there.
nlohmann::json read_object(const fs::path& file) {
  if (!fs::is_regular_file(file)) return nlohmann::json::object();
  const std::string text = read_file(file);
  nlohmann::json json =
      nested_too_deep(text) ? nlohmann::json() : nlohmann::json::parse(text, nullptr, false);
  if (json.is_object()) return json;
  throw Error(ExitCode::usage,
              fmt::format("{}: need a JSON object; repair it, or take it away", file.string()));
}

/// "<s>", or {"content": "<s>", ...} as added tokens are written; "" for anything else.
std::string token_text(const nlohmann::json& json) {
  if (json.is_string()) return json.get<std::string>();
  const auto content = json.is_object() ? json.find("content") : json.end();
  const bool text = json.is_object() && content != json.end() && content->is_string();
  return text ? content->get<std::string>() : "";
}

bool is_on(const nlohmann::json& json, const char* key, bool otherwise = false) {
  const auto found = json.find(key);
  return found != json.end() && found->is_boolean() ? found->get<bool>() : otherwise;
}

/// `eos_token_id` is a number or a list of them.
void add_ids(const nlohmann::json& config, std::vector<TokenName>& ends) {
  const auto found = config.find("eos_token_id");
  if (found == config.end()) return;
  for (const auto& id : found->is_array() ? *found : nlohmann::json::array({*found})) {
    if (id.is_number_integer()) ends.emplace_back(id.get<std::int64_t>());
  }
}

void add_name(const nlohmann::json& config, std::vector<TokenName>& ends) {
  const auto found = config.find("eos_token");
  const std::string text = found == config.end() ? "" : token_text(*found);
  if (!text.empty()) ends.emplace_back(text);
}

AddedTokenSpec read_flags(const nlohmann::json& json, bool special) {
  return {.content = token_text(json),
          .special = special,
          .normalized = json.is_object() ? is_on(json, "normalized", !special) : !special,
          .lstrip = json.is_object() && is_on(json, "lstrip"),
          .rstrip = json.is_object() && is_on(json, "rstrip"),
          .in_vocab = false};
}

/// The tokens that have a part: bos_token, pad_token, ..., and the list of others. By text.
using AddedByContent = std::map<std::string, AddedTokenSpec>;

void add_parts(const nlohmann::json& config, AddedByContent& parts) {
  const auto add = [&](const nlohmann::json& token) {
    parts.emplace(token_text(token), read_flags(token, true));
  };
  for (const auto& [key, value] : config.items()) {
    if (key.ends_with("_token")) add(value);
    if (key == "additional_special_tokens" || key == "extra_special_tokens") {
      for (const auto& token : value) add(token);
    }
  }
}

std::int64_t id_of(const std::string& text) {
  std::int64_t id = -1;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, id);
  return error == std::errc() && stop == end && id < kMostIds ? id : -1;
}

class AddedReader {
 public:
  void read_decoder(const nlohmann::json& config) {
    const auto tokens = config.find("added_tokens_decoder");
    if (tokens == config.end() || !tokens->is_object()) return;
    for (const auto& [id, token] : tokens->items()) {
      if (token.is_object()) add(read_flags(token, is_on(token, "special")), id_of(id));
    }
  }

  void read_ids(const nlohmann::json& ids, const AddedByContent& parts) {
    for (const auto& [content, id] : ids.items()) {
      const bool fits = id.is_number_unsigned() && id.get<std::uint64_t>() < kMostIds;
      const auto part = parts.find(content);
      add(part == parts.end() ? read_flags(content, false) : part->second,
          fits ? id.get<std::int64_t>() : -1);
    }
  }

  std::vector<AddedTokenSpec> by_id() const {
    std::vector<AddedTokenSpec> added;
    for (const auto& [content, token] : tokens_) added.push_back(token);
    std::ranges::sort(added, {}, &AddedTokenSpec::id);
    return added;
  }

 private:
  void add(AddedTokenSpec token, std::int64_t id) {
    token.id = static_cast<std::int32_t>(id);
    if (id >= 0 && !token.content.empty()) tokens_.emplace(token.content, token);
  }

  std::map<std::string, AddedTokenSpec> tokens_;
};

}  // namespace

SideTokens read_side_tokens(const fs::path& folder) {
  const nlohmann::json tokenizer = read_object(folder / "tokenizer_config.json");
  const nlohmann::json map = read_object(folder / "special_tokens_map.json");
  SideTokens side;
  add_ids(read_object(folder / "config.json"), side.ends);
  add_name(tokenizer, side.ends);
  add_name(map, side.ends);
  add_ids(read_object(folder / "generation_config.json"), side.ends);
  AddedByContent parts;
  add_parts(tokenizer, parts);
  add_parts(map, parts);
  AddedReader added;
  added.read_decoder(tokenizer);
  added.read_ids(read_object(folder / "added_tokens.json"), parts);
  side.added = added.by_id();
  return side;
}

std::vector<AddedTokenSpec> add_beside(TokenizerSpec& spec, std::vector<AddedTokenSpec> added) {
  const std::unordered_set<std::string> known(spec.tokens.begin(), spec.tokens.end());
  std::erase_if(added, [&](const auto& token) { return known.contains(token.content); });
  place_beside(spec.tokens, added);
  spec.added.insert(spec.added.end(), added.begin(), added.end());
  return added;
}

void place_beside(std::vector<std::string>& tokens, std::vector<AddedTokenSpec>& added) {
  const std::size_t limit = most_ids(tokens.size() + added.size());
  std::erase_if(added, [&](const AddedTokenSpec& token) {
    const auto id = static_cast<std::size_t>(token.id);
    if (id < limit && id >= tokens.size()) tokens.resize(id + 1);
    const bool placed = id < limit && tokens[id].empty();
    if (placed) tokens[id] = token.content;
    if (!placed) {
      log(LogLevel::warning,
          fmt::format("the added token '{}' beside the tokenizer is left out: its id {} {}",
                      token.content, id,
                      id < limit ? "is that of '" + tokens[id] + "'" : "is far beyond the others"));
    }
    return !placed;
  });
}

std::string write_added_tokens(const std::vector<AddedTokenSpec>& added) {
  nlohmann::json ids = nlohmann::json::object();
  for (const auto& token : added) ids[token.content] = token.id;
  return ids.dump(2) + "\n";
}

std::string write_special_tokens(const std::vector<AddedTokenSpec>& added, const std::string& end) {
  nlohmann::json map = nlohmann::json::object();
  if (!end.empty()) map["eos_token"] = end;
  nlohmann::json others = nlohmann::json::array();
  for (const auto& token : added) {
    if (!token.special || token.content == end) continue;
    others.push_back({{"content", token.content},
                      {"lstrip", token.lstrip},
                      {"normalized", token.normalized},
                      {"rstrip", token.rstrip},
                      {"single_word", false}});
  }
  if (!others.empty()) map["additional_special_tokens"] = std::move(others);
  return map.dump(2) + "\n";
}

}  // namespace btx
