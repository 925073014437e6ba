#include "eval/branches.hpp"

#include "base/interrupt.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <span>

namespace btx {
namespace {

constexpr std::int64_t kPassTokens = 4096;       // of one batch on a CPU, at most
constexpr std::int64_t kPassScores = 4'000'000;  // rows x queries x keys, at most
constexpr std::int64_t kCachedTokens = 16'384;   // rows x keys that are kept, at most

/// Trees of one batch, as rows of like length.
struct Rows {
  Batch batch;
  at::Tensor visible;                         ///< [B, T, S + T]
  std::vector<std::int64_t> scored, targets;  ///< places in [B * T], and what comes there
};

/// Fills one row of a batch.
class RowWriter {
 public:
  /// `hashes`: text_hashes() of every text.
  RowWriter(Rows& rows, std::int64_t row, std::int64_t root,
            const std::vector<std::vector<std::int64_t>>& hashes)
      : rows_(rows),
        hashes_(hashes),
        row_(row),
        length_(rows.batch.tokens.size(1)),
        root_(root),
        tokens_(rows.batch.tokens.data_ptr<std::int64_t>() + row * length_),
        positions_(rows.batch.positions.data_ptr<std::int64_t>() + row * length_),
        visible_(rows.visible.data_ptr<bool>() + row * length_ * (root + length_)) {}

  void write(const PrefixTree& tree) {
    text_ = tree.branches.front().text;  // its beginning is that of all
    for (const auto id : tree.prefix) put(id, 0, 0);
    const std::int64_t prefix = next_;
    for (const auto& branch : tree.branches) {
      const std::int64_t begin = next_;
      text_ = branch.text;
      for (std::size_t i = 0; i < branch.inputs.size(); ++i) {
        if (i >= branch.scored) {
          rows_.scored.push_back(row_ * length_ + next_);
          rows_.targets.push_back(branch.targets[i]);
        }
        put(branch.inputs[i], prefix, begin);
      }
    }
    for (; next_ < length_; ++next_) {  // padding sees itself, so that its softmax is defined
      line()[root_ + next_] = true;
      rows_.batch.padding.data_ptr<bool>()[row_ * length_ + next_] = true;
    }
  }

 private:
  bool* line() const { return visible_ + next_ * (root_ + length_); }

  /// The token sees the root, the first `prefix` tokens of the row, and from `begin` to itself.
  void put(std::int64_t id, std::int64_t prefix, std::int64_t begin) {
    tokens_[next_] = id;
    positions_[next_] = root_ + prefix + next_ - begin;
    rows_.batch.text_hash.data_ptr<std::int64_t>()[row_ * length_ + next_] =
        hashes_[text_][static_cast<std::size_t>(positions_[next_])];
    std::fill_n(line(), root_ + prefix, true);
    std::fill(line() + root_ + begin, line() + root_ + next_ + 1, true);
    ++next_;
  }

  Rows& rows_;
  const std::vector<std::vector<std::int64_t>>& hashes_;
  std::size_t text_ = 0;
  std::int64_t row_, length_, root_;
  std::int64_t* tokens_;
  std::int64_t* positions_;
  bool* visible_;
  std::int64_t next_ = 0;
};

using Hashes = std::vector<std::vector<std::int64_t>>;

Rows rows_of(std::span<const PrefixTree* const> trees, std::int64_t root, const Hashes& hashes) {
  const auto size = static_cast<std::int64_t>(trees.size());
  const auto length = static_cast<std::int64_t>(trees[0]->size());
  Rows rows;
  rows.batch.tokens = at::zeros({size, length}, at::kLong);
  rows.batch.positions = at::zeros({size, length}, at::kLong);
  rows.batch.text_hash = at::zeros({size, length}, at::kLong);
  rows.batch.padding = at::zeros({size, length}, at::kBool);
  rows.visible = at::zeros({size, length, root + length}, at::kBool);
  for (std::int64_t row = 0; row < size; ++row) {
    RowWriter(rows, row, root, hashes).write(*trees[static_cast<std::size_t>(row)]);
  }
  return rows;
}

void move_to(Rows& rows, at::Device device) {
  rows.batch.tokens = rows.batch.tokens.to(device);
  rows.batch.positions = rows.batch.positions.to(device);
  rows.batch.text_hash = rows.batch.text_hash.to(device);
  rows.batch.padding = rows.batch.padding.to(device);
  rows.visible = rows.visible.to(device);
}

/// The root's keys and values, one row. Its routing counts for each tree.
KeyValueCache grow_root(const Decoder& decoder, const PrefixGroup& group, const ScoreConfig& config,
                        ExpertCounts* counts) {
  KeyValueCache cache(decoder.config().num_layers);
  const auto& root = group.root;
  if (root.empty()) return cache;
  const auto length = static_cast<std::int64_t>(root.size());
  Batch batch;
  batch.tokens = at::tensor(root, at::kLong).view({1, length}).to(decoder.device());
  batch.positions = at::arange(length, batch.tokens.options()).view({1, length});
  batch.text_hash = at::tensor(text_hashes(root), at::kLong).view({1, length}).to(decoder.device());
  const at::Tensor visible =
      batch.positions.view({1, 1, length}) <= batch.positions.view({1, length, 1});
  ForwardPass pass;
  pass.random_seed = config.random_seed;
  decoder.extend(batch, visible, cache, pass);
  decoder.check_routing(pass);
  if (counts != nullptr) {
    counts->add(pass, at::full_like(batch.tokens, std::ssize(group.trees)),
                decoder.config().num_experts());
  }
  return cache;
}

void score_rows(const Decoder& decoder, std::span<const PrefixTree* const> trees,
                const KeyValueCache& root, const Hashes& hashes, const ScoreConfig& config,
                std::vector<std::vector<double>>& losses, ExpertCounts* counts) {
  Rows rows = rows_of(trees, root.size(), hashes);
  move_to(rows, decoder.device());
  const auto options = rows.batch.tokens.options();
  KeyValueCache cache = root.rows(at::zeros({std::ssize(trees)}, options));
  ForwardPass pass;
  pass.random_seed = config.random_seed;
  const at::Tensor hidden = decoder.extend(rows.batch, rows.visible, cache, pass);
  const at::Tensor scored = at::tensor(rows.scored, at::kLong).to(decoder.device());
  const at::Tensor targets = at::tensor(rows.targets, at::kLong).to(decoder.device());
  const at::Tensor loss =
      decoder.loss_of(hidden.index_select(0, scored), targets).to(at::kCPU, at::kDouble);
  decoder.check_routing(pass);
  const double* next = loss.const_data_ptr<double>();
  for (const PrefixTree* tree : trees) {
    for (const auto& branch : tree->branches) {
      auto& mine = losses[branch.text];
      std::copy_n(next, mine.size(), mine.begin());
      next += mine.size();
    }
  }
  if (counts == nullptr) return;
  counts->add(pass, real_tokens(rows.batch).view(-1), decoder.config().num_experts());
}

/// How many trees of this length go through the model together.
std::size_t rows_at_once(const Decoder& decoder, const ScoreConfig& config, std::int64_t length,
                         std::int64_t root) {
  const std::int64_t device = decoder.device().is_cpu() ? 1 : 16;
  const std::int64_t tokens = std::min(config.batch_size * config.window, device * kPassTokens);
  const std::int64_t rows =
      std::min({tokens / length, device * kPassScores / (length * (root + length)),
                device * kCachedTokens / (root + length)});
  return static_cast<std::size_t>(std::max<std::int64_t>(1, rows));
}

}  // namespace

void score_branches(const Decoder& decoder, const std::vector<EncodedRequest>& texts,
                    const ScoreConfig& config, std::vector<std::vector<double>>& losses,
                    ExpertCounts* counts) {
  Hashes hashes;
  for (const auto& text : texts) hashes.push_back(text_hashes(text.ids));
  for (const auto& group : share_prefixes(texts)) {
    const KeyValueCache root = grow_root(decoder, group, config, counts);
    std::vector<const PrefixTree*> trees;
    for (const auto& tree : group.trees) trees.push_back(&tree);
    std::stable_sort(trees.begin(), trees.end(), [](const PrefixTree* a, const PrefixTree* b) {
      return a->size() > b->size();
    });
    for (std::size_t first = 0; first < trees.size();) {
      const std::size_t most = rows_at_once(
          decoder, config, static_cast<std::int64_t>(trees[first]->size()), root.size());
      const std::size_t count = std::min(most, trees.size() - first);
      leave_if_interrupted();
      score_rows(decoder, {trees.data() + first, count}, root, hashes, config, losses, counts);
      first += count;
    }
  }
}

}  // namespace btx
