#include "eval/windows.hpp"

#include "base/interrupt.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <span>

namespace btx {
namespace {

/// A stretch of one text's tokens: inputs [begin, begin + length), of whose next tokens those
/// from position `scored` on count.
struct Window {
  std::size_t text;
  std::vector<std::int64_t> tokens;  ///< length + 1
  std::vector<std::int64_t> hashes;  ///< length + 1, text_hashes() of the whole text
  std::int64_t scored;
  std::int64_t first_scored;  ///< index of the first among the text's scored tokens
};

void cut(std::size_t text, const EncodedRequest& encoded, const ScoreConfig& config,
         std::vector<Window>& windows) {
  const auto& tokens = encoded.ids;
  const auto first_scored = static_cast<std::int64_t>(encoded.first) - 1;
  const auto inputs = static_cast<std::int64_t>(tokens.size()) - 1;
  const std::int64_t stride = std::max<std::int64_t>(1, config.window / 2);
  const auto hashes = text_hashes(tokens);
  std::int64_t done = first_scored;  // next tokens before this index are scored
  for (std::int64_t begin = 0; done < inputs; begin += stride) {
    const std::int64_t end = std::min(inputs, begin + config.window);
    if (end <= done) continue;
    windows.push_back({text,
                       {tokens.begin() + begin, tokens.begin() + end + 1},
                       {hashes.begin() + begin, hashes.begin() + end + 1},
                       done - begin,
                       done - first_scored});
    done = end;
  }
}

std::vector<Window> cut_all(const std::vector<EncodedRequest>& texts, const ScoreConfig& config) {
  std::vector<Window> windows;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (!texts[i].ids.empty()) cut(i, texts[i], config, windows);
  }
  // Windows of like length share a pass, so that there is little padding.
  std::stable_sort(windows.begin(), windows.end(), [](const Window& a, const Window& b) {
    return a.tokens.size() > b.tokens.size();
  });
  return windows;
}

Batch make_batch(std::span<const Window> windows, at::Device device) {
  const auto length = static_cast<std::int64_t>(windows[0].tokens.size()) - 1;
  const auto size = static_cast<std::int64_t>(windows.size());
  Batch batch;
  batch.tokens = at::empty({size, length}, at::kLong);
  batch.tokens.zero_();
  batch.targets = at::full({size, length}, -1, at::kLong);
  batch.padding = at::zeros({size, length}, at::kBool);
  batch.text_hash = at::zeros({size, length}, at::kLong);
  for (std::int64_t row = 0; row < size; ++row) {
    const Window& window = windows[static_cast<std::size_t>(row)];
    auto* tokens = batch.tokens.data_ptr<std::int64_t>() + row * length;
    auto* targets = batch.targets.data_ptr<std::int64_t>() + row * length;
    std::copy(window.tokens.begin(), window.tokens.end() - 1, tokens);
    std::copy(window.hashes.begin(), window.hashes.end() - 1,
              batch.text_hash.data_ptr<std::int64_t>() + row * length);
    std::copy(window.tokens.begin() + window.scored + 1, window.tokens.end(),
              targets + window.scored);
    const auto end = static_cast<std::int64_t>(window.tokens.size()) - 1;
    batch.padding.select(0, row).narrow(0, end, length - end).fill_(true);
  }
  batch.tokens = batch.tokens.to(device);
  batch.targets = batch.targets.to(device);
  batch.padding = batch.padding.to(device);
  batch.text_hash = batch.text_hash.to(device);
  return batch;
}

void score_batch(const Decoder& decoder, std::span<const Window> windows, const ScoreConfig& config,
                 std::vector<std::vector<double>>& losses, ExpertCounts* counts) {
  const Batch batch = make_batch(windows, decoder.device());
  ForwardPass pass;
  pass.random_seed = config.random_seed;
  const at::Tensor hidden = decoder.hidden(batch, pass);
  const at::Tensor targets = batch.targets.view(-1);
  const at::Tensor scored = (targets >= 0).nonzero().squeeze(1);
  const at::Tensor loss =
      decoder.loss_of(hidden.index_select(0, scored), targets.index_select(0, scored))
          .to(at::kCPU, at::kDouble)
          .contiguous();
  decoder.check_routing(pass);
  const double* next = loss.const_data_ptr<double>();
  for (const Window& window : windows) {
    const auto count = static_cast<std::int64_t>(window.tokens.size()) - 1 - window.scored;
    std::copy_n(next, count, losses[window.text].begin() + window.first_scored);
    next += count;
  }
  if (counts != nullptr) {
    counts->add(pass, batch.targets.view(-1) >= 0, decoder.config().num_experts());
  }
}

}  // namespace

void score_windows(const Decoder& decoder, const std::vector<EncodedRequest>& texts,
                   const ScoreConfig& config, std::vector<std::vector<double>>& losses,
                   ExpertCounts* counts) {
  const auto windows = cut_all(texts, config);
  for (std::size_t first = 0; first < windows.size();) {
    const std::size_t longest = windows[first].tokens.size() - 1;
    const auto most = static_cast<std::size_t>(config.batch_size * config.window);
    const std::size_t last =
        std::min(windows.size(), first + std::max<std::size_t>(1, most / longest));
    leave_if_interrupted();
    score_batch(decoder, {windows.data() + first, last - first}, config, losses, counts);
    first = last;
  }
}

std::vector<std::vector<double>> text_losses(const Decoder& decoder,
                                             const std::vector<std::vector<std::int64_t>>& texts,
                                             const ScoreConfig& config) {
  const at::NoGradGuard no_gradient;
  std::vector<EncodedRequest> encoded(texts.size());
  std::vector<std::vector<double>> losses(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].size() < 2) continue;
    encoded[i] = {texts[i], 1};
    losses[i].resize(texts[i].size() - 1);
  }
  score_windows(decoder, encoded, config, losses, nullptr);
  return losses;
}

}  // namespace btx
