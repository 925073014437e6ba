#include "eval/generation/expert_shares.hpp"

#include "base/text.hpp"
#include "eval/generation/generate.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <numeric>

namespace btx {
namespace {

/// Nothing for a token that every expert dropped.
std::vector<double> shares_of(const at::Tensor& weights) {
  const double* first = weights.const_data_ptr<double>();
  std::vector<double> shares(first, first + weights.numel());
  const double total = std::accumulate(shares.begin(), shares.end(), 0.0);
  if (total <= 0) return {};
  for (double& share : shares) share /= total;
  return shares;
}

}  // namespace

void ExpertShares::add(const ForwardPass& pass, const at::Tensor& real) {
  const std::int64_t tokens = real.numel();
  at::Tensor sum = at::zeros({tokens, experts_}, at::kDouble);
  for (std::size_t i = 0; i < pass.sites.size(); ++i) {
    if (site_ >= 0 && static_cast<std::int64_t>(i) != site_) continue;
    const Routing& routing = pass.sites[i].routing;
    const at::Tensor chosen = (routing.slots >= 0).to(at::kCPU);
    const at::Tensor weights = routing.weights.to(at::kCPU, at::kDouble) * chosen;
    sum.scatter_add_(1, routing.slots.to(at::kCPU).clamp_min(0), weights);
  }
  const at::Tensor kept = real.to(at::kCPU);
  for (std::int64_t t = 0; t < tokens; ++t) {
    if (!kept[t].item<bool>()) continue;
    all_.push_back(shares_of(sum[t]));
  }
}

/// Pieces of text that are whole characters, each with the shares of the token that ends it.
std::vector<RoutedToken> routed_tokens(const Tokenizer& tokenizer,
                                       const std::vector<std::int32_t>& ids, std::size_t prompt,
                                       const std::vector<std::vector<double>>& shares) {
  std::vector<RoutedToken> tokens;
  std::size_t shown = 0;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const std::string text = tokenizer.decode({ids.data(), i + 1}, true);
    const bool whole = find_invalid_utf8(text) == std::string_view::npos;
    if (text.size() <= shown || (!whole && i + 1 < ids.size())) continue;
    tokens.push_back(
        {text.substr(shown), i < shares.size() ? shares[i] : std::vector<double>{}, i >= prompt});
    shown = text.size();
  }
  return tokens;
}

/// Takes away the first stop string in what was generated, and what comes after it.
void end_at_stop(std::vector<RoutedToken>& tokens, const std::vector<std::string>& stops) {
  std::string text;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (!tokens[i].generated) continue;
    text += tokens[i].text;
    const std::size_t stop = find_stop(text, stops);
    if (stop == std::string::npos) continue;
    // The stop string may begin in an earlier token.
    std::size_t beyond = text.size() - stop;
    tokens.resize(i + 1);
    while (beyond > 0) {
      std::string& last = tokens.back().text;
      const std::size_t part = std::min(beyond, last.size());
      last.resize(last.size() - part);
      beyond -= part;
      if (last.empty()) tokens.pop_back();
    }
    return;
  }
}

}  // namespace btx
