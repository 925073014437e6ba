#include "train/routing_sums.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/logsumexp.h>

#include <algorithm>

namespace btx {
namespace {

/// [N, E] -> [G, E]: the sum over each sequence's tokens that count.
at::Tensor sum_by_sequence(const at::Tensor& x, const at::Tensor& mask) {
  return (x * mask.view({-1, 1})).view({mask.size(0), mask.size(1), -1}).sum(1);
}

}  // namespace

std::vector<RoutingSums> routing_sums(const ForwardPass& pass, const Batch& batch) {
  std::vector<RoutingSums> all;
  for (const auto& site : pass.sites) {
    const Routing& r = site.routing;
    const at::Tensor mask = real_tokens(batch).to(r.probabilities.scalar_type());
    const at::Tensor experts =
        at::arange(r.probabilities.size(1), r.slots.options()).view({1, 1, -1});
    // No scatter_add: to be deterministic a GPU would sort for it.
    const auto by_expert = [&](const at::Tensor& slots, const at::Tensor& values) {
      const at::Tensor of_slot = slots.clamp_min(0).unsqueeze(-1) == experts;
      return sum_by_sequence((of_slot * values.unsqueeze(-1)).sum(1), mask);
    };
    const auto kept = [&](const at::Tensor& slots) {
      return (slots >= 0).to(r.weights.scalar_type());
    };
    RoutingSums sums;
    sums.u = by_expert(r.slots, r.weights * kept(r.slots));
    sums.load = by_expert(r.slots, kept(r.slots));
    sums.chosen = r.chosen.defined() ? by_expert(r.chosen, kept(r.chosen)) : sums.load;
    sums.p = sum_by_sequence(r.probabilities, mask);
    sums.tokens = mask.sum(1);
    sums.z = (at::logsumexp(site.logits, -1).pow(2).view(mask.sizes()) * mask).sum(1);
    all.push_back(std::move(sums));
  }
  return all;
}

void RoutingMeans::add(const RoutingSums& sums) {
  std::vector<at::Tensor> parts;
  for (const auto* part : {&sums.u, &sums.p, &sums.load, &sums.chosen}) {
    parts.push_back(part->detach().to(at::kDouble).sum(0));
  }
  for (const auto* part : {&sums.z, &sums.tokens}) {
    parts.push_back(part->detach().to(at::kDouble).sum().view({1}));
  }
  const at::Tensor all = at::cat(parts);
  sums_ = sums_.defined() ? sums_ + all : all;
}

BalanceStatistics RoutingMeans::of(std::span<const double> sums) {
  const std::size_t experts = (sums.size() - 2) / 4;
  const auto part = [&](std::size_t index) {
    const auto values = sums.subspan(index * experts, experts);
    return std::vector<double>(values.begin(), values.end());
  };
  BalanceStatistics s{part(0), part(1), part(2), part(3), sums[4 * experts], sums.back()};
  if (s.tokens == 0) return s;
  for (auto* values : {&s.u, &s.p, &s.load, &s.chosen}) {
    for (auto& value : *values) value /= s.tokens;
  }
  s.z /= s.tokens;
  return s;
}

void add_sums(std::vector<RoutingMeans>& means, const std::vector<RoutingSums>& sums) {
  means.resize(std::max(means.size(), sums.size()));
  for (std::size_t site = 0; site < sums.size(); ++site) means[site].add(sums[site]);
}

std::vector<BalanceStatistics> statistics_of(const std::vector<RoutingMeans>& means) {
  if (means.empty()) return {};
  std::vector<at::Tensor> sums;
  for (const auto& site : means) sums.push_back(site.sums());
  const at::Tensor host = at::cat(sums).cpu();
  std::span<const double> left(host.const_data_ptr<double>(),
                               static_cast<std::size_t>(host.numel()));
  std::vector<BalanceStatistics> all;
  for (const auto& site : sums) {
    const auto count = static_cast<std::size_t>(site.numel());
    all.push_back(RoutingMeans::of(left.first(count)));
    left = left.subspan(count);
  }
  return all;
}

}  // namespace btx
