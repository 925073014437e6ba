#include "tokenizer/json/read_vocabulary.hpp"

#include "tokenizer/json/reachable_special.hpp"

#include <fmt/format.h>

#include <unordered_map>
#include <unordered_set>

namespace btx {
namespace {

bool is_on(const JsonNode& node, const char* key) {
  const auto member = node.find(key);
  return member && member->boolean();
}

class VocabularyReader {
 public:
  VocabularyReader(const JsonNode& root, TokenizerSpec& spec)
      : root_(root), model_(root.at("model")), vocab_(model_.at("vocab")), spec_(spec) {}

  void read() {
    check_model();
    if (vocab_.object().empty()) vocab_.fail("need at least one token");
    const std::size_t tokens = count_tokens();
    limit_ = most_ids(tokens);
    ids_.reserve(tokens);
    for (const auto& [token, id] : vocab_.object().items()) add_vocab(token);
    for (const auto& node : added_nodes()) add_added(node);
    for (const auto& node : model_.at("merges").items()) add_merge(node);
    read_options();
    check_special();
  }

 private:
  void check_model() const {
    if (const auto type = model_.find("type"); type && type->string() != "BPE") {
      type->fail(fmt::format("'{}' is not supported; known: BPE", type->string()));
    }
    model_.only({"type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix",
                 "fuse_unk", "byte_fallback", "ignore_merges", "vocab", "merges"});
    if (const auto dropout = model_.find("dropout")) dropout->fail("is not supported; need null");
    for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
      const auto affix = model_.find(key);
      if (affix && !affix->string().empty()) affix->fail("is not supported; need null or \"\"");
    }
  }

  /// What the model does with text that no merge covers.
  void read_options() {
    spec_.fuse_unk = is_on(model_, "fuse_unk");
    spec_.byte_fallback = is_on(model_, "byte_fallback");
    spec_.ignore_merges = is_on(model_, "ignore_merges");
    if (const auto unk = model_.find("unk_token")) {
      id_of(*unk, unk->string());
      spec_.unk_token = unk->string();
    }
    if (spec_.byte_level() && spec_.byte_fallback) {
      model_.fail("byte_fallback with a ByteLevel pre-tokenizer is not supported");
    }
  }

  std::vector<JsonNode> added_nodes() const {
    const auto added = root_.find("added_tokens");
    return added ? added->items() : std::vector<JsonNode>{};
  }

  std::size_t count_tokens() const {
    std::unordered_set<std::string> beside;
    for (const auto& node : added_nodes()) {
      const std::string& content = node.at("content").string();
      if (!vocab_.object().contains(content)) beside.insert(content);
    }
    return vocab_.object().size() + beside.size();
  }

  void place(const JsonNode& node, std::int32_t id, const std::string& token) {
    if (token.empty()) node.fail("a token must not be empty");
    if (static_cast<std::size_t>(id) >= spec_.tokens.size()) {
      spec_.tokens.resize(static_cast<std::size_t>(id) + 1);
    }
    std::string& slot = spec_.tokens[static_cast<std::size_t>(id)];
    if (!slot.empty()) {
      node.fail(fmt::format("ids must differ: '{}' and '{}' both have {}", slot, token, id));
    }
    slot = token;
  }

  void add_vocab(const std::string& token) {
    const JsonNode node = vocab_.at(token);
    const std::int32_t id = node.id(limit_);
    place(node, id, token);
    ids_.emplace(token, id);
  }

  void add_added(const JsonNode& node) {
    node.only({"id", "content", "single_word", "lstrip", "rstrip", "normalized", "special"});
    node.need_off("single_word");
    AddedTokenSpec token;
    token.content = node.at("content").string();
    token.id = node.at("id").id(limit_);
    token.special = node.at("special").boolean();
    token.normalized = node.at("normalized").boolean();
    token.lstrip = is_on(node, "lstrip");
    token.rstrip = is_on(node, "rstrip");
    token.in_vocab = ids_.contains(token.content);
    if (!added_.insert(token.content).second) {
      node.fail(fmt::format("'{}' is listed twice", token.content));
    }
    if (!token.in_vocab) {
      place(node, token.id, token.content);
    } else if (const auto id = ids_.at(token.content); id != token.id) {
      node.fail(fmt::format("'{}' has id {}, but {} in model.vocab", token.content, token.id, id));
    }
    spec_.added.push_back(std::move(token));
  }

  void add_merge(const JsonNode& node) {
    const auto [left, right] = read_pair(node);
    const std::int32_t left_id = id_of(node, left);
    const std::int32_t right_id = id_of(node, right);
    const std::uint64_t pair = static_cast<std::uint64_t>(left_id) << 32 | right_id;
    if (!merged_.insert(pair).second) {
      node.fail(fmt::format("'{}' and '{}' are merged twice", left, right));
    }
    spec_.merges.push_back({left_id, right_id, id_of(node, left + right)});
  }

  /// ["a", "b"], or "a b" as older versions wrote it.
  static std::pair<std::string, std::string> read_pair(const JsonNode& node) {
    if (node.is_array()) {
      const auto items = node.items();
      if (items.size() != 2) node.fail(fmt::format("need 2 tokens, got {}", items.size()));
      return {items[0].string(), items[1].string()};
    }
    const std::string& text = node.string();
    const std::size_t space = text.find(' ');
    if (space == std::string::npos || text.find(' ', space + 1) != std::string::npos) {
      node.fail(fmt::format("need two tokens with a space between, got '{}'", text));
    }
    return {text.substr(0, space), text.substr(space + 1)};
  }

  std::int32_t id_of(const JsonNode& node, const std::string& token) const {
    const auto found = ids_.find(token);
    if (found == ids_.end()) node.fail(fmt::format("'{}' is not in model.vocab", token));
    return found->second;
  }

  void check_special() const {
    const auto found = reachable_special(spec_);
    if (!found) return;
    added_nodes()[found->index].fail(
        fmt::format("special token '{}' is also a {} of the model, so plain text could become it; "
                    "this is not supported",
                    spec_.added[found->index].content, found->what));
  }

  const JsonNode& root_;
  JsonNode model_;
  JsonNode vocab_;
  TokenizerSpec& spec_;
  std::size_t limit_ = 0;                              // ids are below it
  std::unordered_map<std::string, std::int32_t> ids_;  // of model.vocab
  std::unordered_set<std::string> added_;
  std::unordered_set<std::uint64_t> merged_;
};

}  // namespace

void read_vocabulary(const JsonNode& root, TokenizerSpec& spec) {
  VocabularyReader(root, spec).read();
}

}  // namespace btx
