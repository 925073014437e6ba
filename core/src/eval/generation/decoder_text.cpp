#include "eval/generation/decoder_text.hpp"

#include "eval/windows.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/tril.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

namespace btx {
namespace {

constexpr std::int64_t kChunk = 128;  // prompt tokens of a pass: bounds the memory of scores
constexpr std::int64_t kRoot = 32;    // a shared beginning that is worth a pass of its own

/// Tokens that all begin with, at most all but the last of the shortest; 0 for one alone.
std::int64_t common_start(const std::vector<NextToken::Ids>& prompts) {
  if (prompts.size() < 2) return 0;
  std::size_t shared = prompts[0].size() - 1;
  for (const auto& prompt : prompts) {
    shared = std::min(shared, prompt.size() - 1);
    const auto end = prompt.begin() + static_cast<std::ptrdiff_t>(shared);
    const auto at = std::mismatch(prompt.begin(), end, prompts[0].begin());
    shared = static_cast<std::size_t>(at.first - prompt.begin());
  }
  return shared < kRoot ? 0 : static_cast<std::int64_t>(shared);
}

/// [B, T, T] bool: tokens of a chunk see themselves and the real ones before them.
at::Tensor causal(const at::Tensor& real) {
  const std::int64_t length = real.size(1);
  const at::Tensor square = at::ones({length, length}, real.options()).tril();
  const at::Tensor self = at::arange(length, real.options().dtype(at::kLong));
  const at::Tensor diagonal = self.unsqueeze(0) == self.unsqueeze(1);
  return (square.unsqueeze(0) & real.unsqueeze(1)) | diagonal.unsqueeze(0);
}

}  // namespace

NextToken::~NextToken() = default;

DecoderText::DecoderText(const Decoder& decoder, Observer observer, std::uint64_t random_seed)
    : decoder_(decoder),
      observer_(std::move(observer)),
      random_seed_(random_seed),
      cache_(decoder.config().num_layers) {}

at::Tensor DecoderText::extend(const Batch& batch, const at::Tensor& visible) {
  ForwardPass pass;
  pass.random_seed = random_seed_;
  const at::Tensor hidden = decoder_.extend(batch, visible, cache_, pass);
  decoder_.check_routing(pass);
  if (observer_) observer_(pass, real_tokens(batch).view(-1).to(at::kLong) * texts_);
  return hidden.view({batch.tokens.size(0), batch.tokens.size(1), -1});
}

/// Tokens [begin, end) of the prompts, as far as they go; hidden states [B, end - begin, D].
at::Tensor DecoderText::read(const std::vector<Ids>& prompts, std::int64_t begin,
                             std::int64_t end) {
  const std::int64_t length = end - begin;
  Batch batch;
  batch.tokens = at::zeros({std::ssize(prompts), length}, at::kLong);
  batch.padding = at::ones({std::ssize(prompts), length}, at::kBool);
  batch.text_hash = at::zeros({std::ssize(prompts), length}, at::kLong);
  for (std::int64_t row = 0; row < std::ssize(prompts); ++row) {
    const Ids& ids = prompts[static_cast<std::size_t>(row)];
    const std::int64_t count = std::clamp<std::int64_t>(std::ssize(ids) - begin, 0, length);
    std::copy_n(ids.begin() + std::min(begin, std::ssize(ids)), count,
                batch.tokens.data_ptr<std::int64_t>() + row * length);
    const Ids hashes = text_hashes(ids);
    std::copy_n(hashes.begin() + std::min(begin, std::ssize(ids)), count,
                batch.text_hash.data_ptr<std::int64_t>() + row * length);
    std::fill_n(batch.padding.data_ptr<bool>() + row * length, count, false);
  }
  const auto device = decoder_.device();
  batch.tokens = batch.tokens.to(device);
  batch.padding = batch.padding.to(device);
  batch.text_hash = batch.text_hash.to(device);
  batch.positions =
      at::arange(begin, end, batch.tokens.options()).unsqueeze(0).expand_as(batch.tokens);
  const at::Tensor real = batch.padding.logical_not();
  const at::Tensor before = seen_.unsqueeze(1).expand({-1, length, -1});
  at::Tensor hidden = extend(batch, at::cat({before, causal(real)}, 2));
  seen_ = at::cat({seen_, real}, 1);
  return hidden;
}

/// What all prompts begin with, read once and then given to every row.
void DecoderText::read_root(const std::vector<Ids>& prompts) {
  const std::int64_t root = common_start(prompts);
  const auto options = at::TensorOptions().dtype(at::kBool).device(decoder_.device());
  cache_ = KeyValueCache(decoder_.config().num_layers);
  seen_ = at::zeros({1, 0}, options);
  const std::vector<Ids> one = {{prompts[0].begin(), prompts[0].begin() + root}};
  texts_ = std::ssize(prompts);
  for (std::int64_t begin = 0; begin < root; begin += kChunk) {
    read(one, begin, std::min(root, begin + kChunk));
  }
  texts_ = 1;
  cache_ = cache_.rows(at::zeros({std::ssize(prompts)}, options.dtype(at::kLong)));
  seen_ = seen_.expand({std::ssize(prompts), -1});
}

at::Tensor DecoderText::start(const std::vector<Ids>& prompts) {
  const at::NoGradGuard no_gradient;
  read_root(prompts);
  hashes_.clear();
  std::int64_t longest = 0;
  std::vector<std::int64_t> sizes;
  for (const auto& prompt : prompts) {
    sizes.push_back(std::ssize(prompt));
    hashes_.push_back(text_hashes(prompt).back());
    longest = std::max(longest, sizes.back());
  }
  positions_ = at::tensor(sizes, at::kLong).to(decoder_.device());
  at::Tensor last;
  for (std::int64_t begin = seen_.size(1); begin < longest; begin += kChunk) {
    const std::int64_t end = std::min(longest, begin + kChunk);
    const at::Tensor hidden = read(prompts, begin, end);
    const at::Tensor place = (positions_ - 1 - begin).clamp(0, end - begin - 1);
    const at::Tensor mine =
        hidden.gather(1, place.view({-1, 1, 1}).expand({-1, 1, hidden.size(2)})).squeeze(1);
    const at::Tensor here = ((positions_ > begin) & (positions_ <= end)).unsqueeze(1);
    last = last.defined() ? at::where(here, mine, last) : mine;
  }
  return at::log_softmax(decoder_.logits(last), -1);
}

at::Tensor DecoderText::next(const Ids& tokens) {
  const at::NoGradGuard no_gradient;
  Batch batch;
  const at::Tensor given = at::tensor(tokens, at::kLong).to(decoder_.device()).unsqueeze(1);
  batch.padding = given == kEnded;
  batch.tokens = given.masked_fill(batch.padding, 0);
  batch.positions = positions_.unsqueeze(1);
  for (std::size_t row = 0; row < tokens.size(); ++row) {
    if (tokens[row] != kEnded) hashes_[row] = text_hash_after(hashes_[row], tokens[row]);
  }
  batch.text_hash = at::tensor(hashes_, at::kLong).to(decoder_.device()).unsqueeze(1);
  seen_ = at::cat({seen_, at::ones({batch.tokens.size(0), 1}, seen_.options())}, 1);
  const at::Tensor hidden = extend(batch, seen_.unsqueeze(1));
  positions_ = positions_ + 1;
  return at::log_softmax(decoder_.logits(hidden.squeeze(1)), -1);
}

std::vector<std::vector<double>> DecoderText::log_probabilities(
    const std::vector<Ids>& texts) const {
  auto all = text_losses(decoder_, texts, {context(), std::ssize(texts), random_seed_});
  for (auto& text : all) {
    for (double& value : text) value = -value;
  }
  return all;
}

void DecoderText::keep(const Ids& rows) {
  const at::Tensor index = at::tensor(rows, at::kLong).to(decoder_.device());
  cache_ = cache_.rows(index);
  seen_ = seen_.index_select(0, index);
  positions_ = positions_.index_select(0, index);
  Ids kept;
  for (const auto row : rows) kept.push_back(hashes_[static_cast<std::size_t>(row)]);
  hashes_ = std::move(kept);
}

}  // namespace btx
