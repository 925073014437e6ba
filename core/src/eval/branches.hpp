#pragma once
// Scoring of continuations whose contexts have a beginning in common: the choices of one item, and
// the examples that all items of a set start with. What is shared goes through the model once.

#include "eval/encode_request.hpp"
#include "eval/score.hpp"

#include <cstdint>
#include <vector>

namespace btx {

/// One continuation: the end of a text, from where it parts from its neighbours. Its first input is
/// the last token of the prefix once more, since what follows that differs between branches.
struct Branch {
  std::size_t text;  ///< index into the texts
  std::vector<std::int64_t> inputs, targets;
  std::size_t scored;  ///< of targets those from here on
};

/// Texts that share all but the end of their contexts.
struct PrefixTree {
  std::vector<std::int64_t> prefix;  ///< tokens after the shared root of the whole group
  std::vector<Branch> branches;

  BTX_EXPORT std::size_t size() const;  ///< tokens
};

/// Trees that share a beginning.
struct PrefixGroup {
  std::vector<std::int64_t> root;  ///< tokens that all begin with; may be empty
  std::vector<PrefixTree> trees;
};

/// Texts in a row become a tree if no more than a few tokens of their contexts are not shared, and
/// trees in a row a group if the root is long enough to pay for a pass of its own; the first group
/// has no root and those that stand alone. Texts without ids are left out.   [any]
BTX_EXPORT std::vector<PrefixGroup> share_prefixes(const std::vector<EncodedRequest>& texts);

/// As score_windows(), for texts that fit the window. A tree is one row of a batch: prefix and
/// branches one after the other, each token seeing what is before it in its own text alone.
void score_branches(const Decoder& decoder, const std::vector<EncodedRequest>& texts,
                    const ScoreConfig& config, std::vector<std::vector<double>>& losses,
                    ExpertCounts* counts);

}  // namespace btx
