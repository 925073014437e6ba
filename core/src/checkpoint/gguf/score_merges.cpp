#include "checkpoint/gguf/score_merges.hpp"

#include "pretokenizer/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>
#include <unordered_map>

namespace btx {
namespace {

using Ids = std::unordered_map<std::string_view, std::int32_t>;

Ids ids_of(const std::vector<std::string>& tokens) {
  Ids ids;
  for (std::size_t id = 0; id < tokens.size(); ++id) {
    ids.emplace(tokens[id], static_cast<std::int32_t>(id));
  }
  return ids;
}

std::optional<std::int32_t> find(const Ids& ids, std::string_view token) {
  const auto found = ids.find(token);
  return found == ids.end() ? std::nullopt : std::optional(found->second);
}

struct ScoredMerge {
  MergeSpec merge;
  float score;
  std::size_t left_length;  ///< in characters
  std::size_t right_length;
};

std::size_t length_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// The ways to put token `id` together, in the order of the parts' ids.
std::vector<ScoredMerge> ways(const Ids& ids, std::string_view token, std::int32_t id,
                              float score) {
  std::vector<ScoredMerge> found;
  for (std::size_t at = decode_utf8(token, 0).bytes; at < token.size();
       at += decode_utf8(token, at).bytes) {
    const auto left = find(ids, token.substr(0, at));
    const auto right = find(ids, token.substr(at));
    if (!left || !right) continue;
    found.push_back(
        {{*left, *right, id}, score, length_of(token.substr(0, at)), length_of(token.substr(at))});
  }
  std::ranges::sort(
      found, {}, [](const ScoredMerge& way) { return std::pair(way.merge.left, way.merge.right); });
  return found;
}

}  // namespace

std::vector<MergeSpec> written_merges(const GgufFile& file, const std::vector<std::string>& tokens,
                                      const std::vector<std::string_view>& lines) {
  const Ids ids = ids_of(tokens);
  std::vector<MergeSpec> merges;
  for (const auto line : lines) {
    const std::size_t space = line.find(' ', 1);
    const auto left = find(ids, line.substr(0, space));
    const auto right = space < line.size() ? find(ids, line.substr(space + 1)) : std::nullopt;
    const auto result = left && right ? find(ids, tokens[static_cast<std::size_t>(*left)] +
                                                      tokens[static_cast<std::size_t>(*right)])
                                      : std::nullopt;
    if (!result) {
      file.refuse(
          fmt::format("'tokenizer.ggml.merges'[{}]: '{}' does not merge two tokens into one",
                      merges.size(), line));
    }
    merges.push_back({*left, *right, *result});
  }
  return merges;
}

std::vector<MergeSpec> merges_by_score(const std::vector<std::string>& tokens,
                                       const std::vector<float>& scores,
                                       const std::vector<AddedTokenSpec>& added) {
  Ids ids = ids_of(tokens);
  for (const auto& token : added) ids.erase(token.content);
  std::vector<ScoredMerge> all;
  for (std::size_t id = 0; id < tokens.size(); ++id) {
    if (tokens[id].empty() || !ids.contains(tokens[id])) continue;
    const auto found = ways(ids, tokens[id], static_cast<std::int32_t>(id), scores[id]);
    all.insert(all.end(), found.begin(), found.end());
  }
  std::ranges::stable_sort(all, std::ranges::greater{}, [](const ScoredMerge& way) {
    return std::tuple(way.score, way.left_length, way.right_length);
  });
  std::vector<MergeSpec> merges;
  for (const auto& way : all) merges.push_back(way.merge);
  return merges;
}

}  // namespace btx
