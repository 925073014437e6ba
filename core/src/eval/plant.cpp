#include "eval/branches.hpp"

#include <algorithm>

namespace btx {
namespace {

constexpr std::size_t kUnshared = 8;   // context tokens that a branch may repeat
constexpr std::size_t kBranches = 32;  // of a tree: its row grows with them, and its mask more so
constexpr std::size_t kRoot = 32;      // tokens that are worth a pass of their own

using Ids = std::vector<std::int64_t>;

std::size_t common(const Ids& a, const Ids& b) {
  const auto at = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return static_cast<std::size_t>(at.first - a.begin());
}

/// Texts next to each other, and how much of them is shared.
struct Bundle {
  std::vector<std::size_t> texts;
  std::size_t trunk = 0;    ///< tokens that all share, none of them scored
  std::size_t context = 0;  ///< tokens of the longest context
};

/// Takes `index` into the bundle, unless too much of a context would not be shared.
bool take(Bundle& bundle, const std::vector<EncodedRequest>& texts, std::size_t index) {
  const EncodedRequest& text = texts[index];
  std::size_t trunk = text.first - 1;
  if (!bundle.texts.empty()) {
    trunk = std::min({trunk, bundle.trunk, common(texts[bundle.texts[0]].ids, text.ids)});
  }
  const std::size_t context = std::max(bundle.context, text.first - 1);
  const std::size_t unshared = context - trunk;
  if (!bundle.texts.empty() &&
      (unshared > kUnshared || unshared > trunk || bundle.texts.size() == kBranches)) {
    return false;
  }
  bundle.texts.push_back(index);
  bundle.trunk = trunk;
  bundle.context = context;
  return true;
}

Tree tree_of(const Bundle& bundle, const std::vector<EncodedRequest>& texts) {
  Tree tree;
  const auto trunk = static_cast<std::ptrdiff_t>(bundle.trunk);
  const Ids& ids = texts[bundle.texts[0]].ids;
  tree.trunk.assign(ids.begin(), ids.begin() + trunk);
  for (const std::size_t index : bundle.texts) {
    const EncodedRequest& text = texts[index];
    tree.branches.push_back({index,
                             {text.ids.begin() + trunk, text.ids.end() - 1},
                             {text.ids.begin() + trunk + 1, text.ids.end()},
                             text.first - 1 - bundle.trunk});
  }
  return tree;
}

std::vector<Tree> trees_of(const std::vector<EncodedRequest>& texts) {
  std::vector<Tree> trees;
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

/// Takes the roots out of the trunks. Trees that stand alone come first, in a grove without one.
std::vector<Grove> finished(std::vector<Grove> groves) {
  std::vector<Grove> all(1);
  for (auto& grove : groves) {
    if (grove.trees.size() == 1) {
      all[0].trees.push_back(std::move(grove.trees[0]));
      continue;
    }
    const auto root = static_cast<std::ptrdiff_t>(grove.root.size());
    for (auto& tree : grove.trees) tree.trunk.erase(tree.trunk.begin(), tree.trunk.begin() + root);
    all.push_back(std::move(grove));
  }
  return all;
}

}  // namespace

std::size_t Tree::size() const {
  std::size_t tokens = trunk.size();
  for (const auto& branch : branches) tokens += branch.inputs.size();
  return tokens;
}

std::vector<Grove> plant(const std::vector<EncodedRequest>& texts) {
  std::vector<Grove> groves;
  for (auto& tree : trees_of(texts)) {
    const std::size_t shared = groves.empty() ? 0 : common(groves.back().root, tree.trunk);
    const bool joins = shared >= kRoot &&
                       (groves.back().trees.size() < 2 || 2 * shared >= groves.back().root.size());
    if (!joins) groves.push_back({tree.trunk, {}});
    if (joins) groves.back().root.resize(shared);
    groves.back().trees.push_back(std::move(tree));
  }
  return finished(std::move(groves));
}

}  // namespace btx
