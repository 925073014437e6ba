#include "eval/branches.hpp"

#include <algorithm>

namespace btx {
namespace {

constexpr std::size_t kUnshared = 8;   // context tokens that a branch may repeat
constexpr std::size_t kBranches = 32;  // of a tree: its row grows with them, and its mask more so
constexpr std::size_t kSharedTokens = 32;  // tokens that are worth a pass of their own

using Ids = std::vector<std::int64_t>;

std::size_t common(const Ids& a, const Ids& b) {
  const auto at = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return static_cast<std::size_t>(at.first - a.begin());
}

/// Texts next to each other, and how much of them is shared.
struct Bundle {
  std::vector<std::size_t> texts;
  std::size_t prefix = 0;   ///< tokens that all share, none of them scored
  std::size_t context = 0;  ///< tokens of the longest context
};

/// Takes `index` into the bundle, unless too much of a context would not be shared.
bool take(Bundle& bundle, const std::vector<EncodedRequest>& texts, std::size_t index) {
  const EncodedRequest& text = texts[index];
  std::size_t prefix = text.first - 1;
  if (!bundle.texts.empty()) {
    prefix = std::min({prefix, bundle.prefix, common(texts[bundle.texts[0]].ids, text.ids)});
  }
  const std::size_t context = std::max(bundle.context, text.first - 1);
  const std::size_t unshared = context - prefix;
  if (!bundle.texts.empty() &&
      (unshared > kUnshared || unshared > prefix || bundle.texts.size() == kBranches)) {
    return false;
  }
  bundle.texts.push_back(index);
  bundle.prefix = prefix;
  bundle.context = context;
  return true;
}

PrefixTree tree_of(const Bundle& bundle, const std::vector<EncodedRequest>& texts) {
  PrefixTree tree;
  const auto prefix = static_cast<std::ptrdiff_t>(bundle.prefix);
  const Ids& ids = texts[bundle.texts[0]].ids;
  tree.prefix.assign(ids.begin(), ids.begin() + prefix);
  for (const std::size_t index : bundle.texts) {
    const EncodedRequest& text = texts[index];
    tree.branches.push_back({index,
                             {text.ids.begin() + prefix, text.ids.end() - 1},
                             {text.ids.begin() + prefix + 1, text.ids.end()},
                             text.first - 1 - bundle.prefix});
  }
  return tree;
}

std::vector<PrefixTree> trees_of(const std::vector<EncodedRequest>& texts) {
  std::vector<PrefixTree> trees;
  Bundle bundle;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].ids.size() <= texts[i].first) continue;
    if (take(bundle, texts, i)) continue;
    trees.push_back(tree_of(bundle, texts));
    bundle = {};
    take(bundle, texts, i);
  }
  if (!bundle.texts.empty()) trees.push_back(tree_of(bundle, texts));
  return trees;
}

/// Takes the roots out of the prefixes. Trees that stand alone come first, in a group without one.
std::vector<PrefixGroup> finished(std::vector<PrefixGroup> groups) {
  std::vector<PrefixGroup> all(1);
  for (auto& group : groups) {
    if (group.trees.size() == 1) {
      all[0].trees.push_back(std::move(group.trees[0]));
      continue;
    }
    const auto root = static_cast<std::ptrdiff_t>(group.root.size());
    for (auto& tree : group.trees)
      tree.prefix.erase(tree.prefix.begin(), tree.prefix.begin() + root);
    all.push_back(std::move(group));
  }
  return all;
}

}  // namespace

std::size_t PrefixTree::size() const {
  std::size_t tokens = prefix.size();
  for (const auto& branch : branches) tokens += branch.inputs.size();
  return tokens;
}

std::vector<PrefixGroup> share_prefixes(const std::vector<EncodedRequest>& texts) {
  std::vector<PrefixGroup> groups;
  for (auto& tree : trees_of(texts)) {
    const std::size_t shared = groups.empty() ? 0 : common(groups.back().root, tree.prefix);
    const bool joins = shared >= kSharedTokens &&
                       (groups.back().trees.size() < 2 || 2 * shared >= groups.back().root.size());
    if (!joins) groups.push_back({tree.prefix, {}});
    if (joins) groups.back().root.resize(shared);
    groups.back().trees.push_back(std::move(tree));
  }
  return finished(std::move(groups));
}

}  // namespace btx
