#include "eval/score.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <numeric>

namespace btx {
namespace {

/// A stretch of one request's tokens: inputs [begin, begin + length), of whose next tokens those
/// from position `scored` on count.
struct Window {
  std::size_t request;
  std::vector<std::int64_t> tokens;  ///< length + 1
  std::int64_t scored;
  std::int64_t first_scored;  ///< index of the first among the request's scored tokens
};

void cut(std::size_t request, const std::vector<std::int64_t>& tokens, std::int64_t first_scored,
         const ScoreConfig& config, std::vector<Window>& windows) {
  const auto inputs = static_cast<std::int64_t>(tokens.size()) - 1;
  const std::int64_t stride = std::max<std::int64_t>(1, config.window / 2);
  std::int64_t done = first_scored;  // next tokens before this index are scored
  for (std::int64_t begin = 0; done < inputs; begin += stride) {
    const std::int64_t end = std::min(inputs, begin + config.window);
    if (end <= done) continue;
    windows.push_back({request,
                       {tokens.begin() + begin, tokens.begin() + end + 1},
                       done - begin,
                       done - first_scored});
    done = end;
  }
}

std::vector<Window> cut_all(const Tokenizer& tokenizer, std::span<const Request> requests,
                            const ScoreConfig& config, std::vector<std::vector<double>>& losses) {
  std::vector<Window> windows;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto start = tokenizer.start_ids();
    std::vector<std::int64_t> tokens(start.begin(), start.end());
    if (!requests[i].context.empty()) {
      for (const auto id : tokenizer.encode(requests[i].context)) tokens.push_back(id);
    }
    const std::size_t first = tokens.size() - 1;
    for (const auto id : tokenizer.encode(requests[i].continuation)) tokens.push_back(id);
    losses[i].resize(tokens.size() - 1 - first);
    cut(i, tokens, static_cast<std::int64_t>(first), config, windows);
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
  for (std::int64_t row = 0; row < size; ++row) {
    const Window& window = windows[static_cast<std::size_t>(row)];
    auto* tokens = batch.tokens.data_ptr<std::int64_t>() + row * length;
    auto* targets = batch.targets.data_ptr<std::int64_t>() + row * length;
    std::copy(window.tokens.begin(), window.tokens.end() - 1, tokens);
    std::copy(window.tokens.begin() + window.scored + 1, window.tokens.end(),
              targets + window.scored);
    const auto end = static_cast<std::int64_t>(window.tokens.size()) - 1;
    batch.padding.select(0, row).narrow(0, end, length - end).fill_(true);
  }
  batch.tokens = batch.tokens.to(device);
  batch.targets = batch.targets.to(device);
  batch.padding = batch.padding.to(device);
  return batch;
}

void count_experts(const ForwardPass& pass, const Batch& batch, std::int64_t experts,
                   ExpertCounts& counts) {
  counts.resize(pass.sites.size(), std::vector<double>(static_cast<std::size_t>(experts)));
  const at::Tensor kept = (batch.targets >= 0).view({-1, 1});
  for (std::size_t site = 0; site < pass.sites.size(); ++site) {
    const at::Tensor slots = pass.sites[site].routing.slots;
    for (std::int64_t expert = 0; expert < experts; ++expert) {
      counts[site][static_cast<std::size_t>(expert)] +=
          ((slots == expert) & kept).sum().item<double>();
    }
  }
}

}  // namespace

std::vector<std::vector<double>> token_losses(const Decoder& decoder, const Tokenizer& tokenizer,
                                              std::span<const Request> requests,
                                              const ScoreConfig& config, ExpertCounts* counts) {
  const at::NoGradGuard no_gradient;
  std::vector<std::vector<double>> losses(requests.size());
  const auto windows = cut_all(tokenizer, requests, config, losses);
  for (std::size_t first = 0; first < windows.size();) {
    const std::size_t longest = windows[first].tokens.size() - 1;
    const auto most = static_cast<std::size_t>(config.batch_size * config.window);
    const std::size_t last =
        std::min(windows.size(), first + std::max<std::size_t>(1, most / longest));
    const std::span<const Window> part(windows.data() + first, last - first);
    const Batch batch = make_batch(part, decoder.device());
    ForwardPass pass;
    const at::Tensor loss = decoder.loss(batch, pass).to(at::kCPU, at::kDouble).contiguous();
    for (std::size_t i = 0; i < part.size(); ++i) {
      const double* row = loss.const_data_ptr<double>() + i * longest;
      const auto count = static_cast<std::int64_t>(part[i].tokens.size()) - 1 - part[i].scored;
      std::copy_n(row + part[i].scored, count,
                  losses[part[i].request].begin() + part[i].first_scored);
    }
    if (counts != nullptr) count_experts(pass, batch, decoder.config().num_experts(), *counts);
    first = last;
  }
  return losses;
}

std::vector<Answer> answers_of(const std::vector<std::vector<double>>& losses) {
  std::vector<Answer> answers;
  for (const auto& mine : losses) {
    answers.push_back({-std::accumulate(mine.begin(), mine.end(), 0.0),
                       static_cast<std::int64_t>(mine.size()),
                       {}});
  }
  return answers;
}

std::vector<Answer> score(const Decoder& decoder, const Tokenizer& tokenizer,
                          std::span<const Request> requests, const ScoreConfig& config,
                          ExpertCounts* counts) {
  return answers_of(token_losses(decoder, tokenizer, requests, config, counts));
}

}  // namespace btx
